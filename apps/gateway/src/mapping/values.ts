/** Protobuf's defaults as GraphQL's absences, and back. */

/** Protobuf has no absent strings: empty means absent. */
export const textOrAbsent = (text: string): string | undefined => (text === '' ? undefined : text);

/** 0 means never. */
export const dateOrAbsent = (ms: number): Date | undefined => (ms === 0 ? undefined : new Date(ms));

/** 0 means unknown. */
export const numberOrAbsent = (value: number): number | undefined => (value === 0 ? undefined : value);

/** GraphQL's null is protobuf's absent field. */
export const given = <T>(value: T | null | undefined): T | undefined => value ?? undefined;

/** Both directions between a GraphQL enum and its protobuf enum; the unspecified value has no counterpart. */
export function enumTable<G extends string, P extends string>(table: Record<G, P>) {
  const reverse = new Map<string, G>((Object.entries(table) as [G, P][]).map(([graphql, proto]) => [proto, graphql]));
  return {
    toProto: (value: G): P => table[value],
    fromProto: (value: P): G => {
      const found = reverse.get(value);
      if (found === undefined) throw new Error(`A service answered with the enum value ${value}.`);
      return found;
    },
  };
}
