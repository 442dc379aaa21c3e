// Fails if apps/gateway/schema.graphql breaks clients of the last release, whose schema lies beside it in
// schema.released.graphql. A release copies the one over the other (--release). What must go is deprecated first, for two
// releases: a field, argument or enum value that the released schema marks as @deprecated may be removed.
import { copyFileSync, readFileSync } from 'node:fs';
import {
  buildSchema,
  BreakingChangeType,
  findBreakingChanges,
  findDangerousChanges,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';

const path = (name) => new URL(`../apps/gateway/${name}`, import.meta.url);
if (process.argv.includes('--release')) {
  copyFileSync(path('schema.graphql'), path('schema.released.graphql'));
  process.exit(0);
}

const [released, current] = ['schema.released.graphql', 'schema.graphql'].map((name) =>
  buildSchema(readFileSync(path(name), 'utf8')),
);

/** "Type.member" of everything that the released schema has deprecated. */
const deprecated = new Set(
  Object.values(released.getTypeMap()).flatMap((type) => {
    const members =
      isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)
        ? Object.values(type.getFields())
        : isEnumType(type)
          ? type.getValues()
          : [];
    return members
      .filter(({ deprecationReason }) => deprecationReason != null)
      .map(({ name }) => `${type.name}.${name}`);
  }),
);
const removals = new Set([BreakingChangeType.FIELD_REMOVED, BreakingChangeType.VALUE_REMOVED_FROM_ENUM]);
const isAnnounced = ({ type, description }) => {
  const [member, owner] =
    type === BreakingChangeType.FIELD_REMOVED
      ? [description.split(' ')[0]]
      : [
          /^(\w+) was removed from enum type (\w+)/.exec(description)?.[1],
          /from enum type (\w+)/.exec(description)?.[1],
        ];
  return removals.has(type) && deprecated.has(owner === undefined ? member : `${owner}.${member}`);
};

const breaking = findBreakingChanges(released, current).filter((change) => !isAnnounced(change));
for (const { description } of findDangerousChanges(released, current)) console.log(`note: ${description}`);
for (const { type, description } of breaking) console.error(`breaking: ${description} (${type})`);
if (breaking.length > 0) {
  console.error('Keep what clients use, mark it @deprecated, and remove it two releases later.');
  process.exit(1);
}
