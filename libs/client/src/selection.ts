/** How a selection, written as an object, gets the type of its answer. Types only: nothing of this runs. */

/** A field of the schema: what it answers with, and the arguments it takes. */
export interface Field<Answer, Arguments = never> {
  readonly answer: Answer;
  readonly arguments: Arguments;
}

/** An object type of the schema: its fields, and the name that tells it from others. */
export interface ObjectOf<Name extends string, Fields> {
  readonly name: Name;
  readonly fields: Fields;
}

/** A union or interface of the schema: any of its types, and the fields they share. */
export interface AnyOf<Types extends ObjectOf<string, unknown>, Fields> {
  readonly types: Types;
  readonly fields: Fields;
}

type Composite = ObjectOf<string, unknown> | AnyOf<ObjectOf<string, unknown>, unknown>;

/** What a field answers with, without null and lists around it. */
type Inner<Answer> = Answer extends readonly (infer Element)[] ? Inner<NonNullable<Element>> : NonNullable<Answer>;

type WithArguments<Arguments> = [Arguments] extends [never]
  ? unknown
  : Partial<Arguments> extends Arguments
    ? { readonly $?: Arguments }
    : { readonly $: Arguments };

/** What may be selected of a field: `true` for a value, the fields below for an object; `$` holds its arguments. */
type FieldSelection<F> =
  F extends Field<infer Answer, infer Arguments>
    ? Inner<Answer> extends Composite
      ? Selection<Inner<Answer>> & WithArguments<Arguments>
      : [Arguments] extends [never]
        ? true
        : Partial<Arguments> extends Arguments
          ? true | WithArguments<Arguments>
          : WithArguments<Arguments>
    : never;

/** What may be selected of an object; of a union or interface, `on` selects by type. */
export type Selection<Type> =
  Type extends ObjectOf<string, infer Fields>
    ? { readonly [Name in keyof Fields]?: FieldSelection<Fields[Name]> } & { readonly __typename?: true }
    : Type extends AnyOf<infer Types, infer Fields>
      ? { readonly [Name in keyof Fields]?: FieldSelection<Fields[Name]> } & { readonly __typename?: true } & {
          readonly on?: { readonly [Name in Types['name']]?: Selection<Extract<Types, { readonly name: Name }>> };
        }
      : never;

type Around<Answer, Selected> = Answer extends null | undefined
  ? null
  : Answer extends readonly (infer Element)[]
    ? Around<Element, Selected>[]
    : Answer extends Composite
      ? ResultOf<Answer, Selected>
      : Answer;

type Plain<Fields, Selected, Name extends string> = {
  [Key in keyof Selected & keyof Fields]: Fields[Key] extends Field<infer Answer, infer _Arguments>
    ? Around<Answer, Selected[Key]>
    : never;
} & (Selected extends { readonly __typename: true } ? { __typename: Name } : unknown);

type ResultOf<Type, Selected> =
  Type extends ObjectOf<infer Name, infer Fields>
    ? Flat<Plain<Fields, Selected, Name>>
    : Type extends AnyOf<infer Types, infer Fields>
      ? Types extends ObjectOf<infer Name, infer Own>
        ? Flat<
            Plain<Fields, Selected, Name> &
              (Selected extends { readonly on: infer By }
                ? Name extends keyof By
                  ? Plain<Own, By[Name], Name>
                  : unknown
                : unknown)
          >
        : never
      : never;

/** For people who point at a variable: one object instead of an intersection. */
type Flat<T> = { [Key in keyof T]: T[Key] };

/** The answer to a selection of a type. */
export type Result<Type, Selected> = ResultOf<Type, Selected>;
