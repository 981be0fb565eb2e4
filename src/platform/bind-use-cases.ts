/** A function of a slice that takes the context of the slice first. */
type UseCase = (context: never, ...input: never[]) => unknown;

type Bound<F> = F extends (context: never, ...input: infer Input) => infer Result
  ? (...input: Input) => Result
  : never;

/** The same functions without their first parameter. */
type BoundUseCases<UseCases> = { readonly [Name in keyof UseCases]: Bound<UseCases[Name]> };

/** Gives every use case of a slice its context, so that callers pass the input only. */
export function bindUseCases<UseCases extends Readonly<Record<string, UseCase>>>(
  context: ContextOf<UseCases[keyof UseCases]>,
  useCases: UseCases,
): BoundUseCases<UseCases> {
  const bound = Object.entries(useCases).map(([name, useCase]) => [
    name,
    (...input: never[]) => useCase(context as never, ...input),
  ]);
  return Object.freeze(Object.fromEntries(bound)) as BoundUseCases<UseCases>;
}

/** The members that all of these functions need in their context. */
type ContextOf<F> = (
  F extends (context: infer C, ...input: never[]) => unknown ? (c: C) => void : never
) extends (context: infer All) => void
  ? All
  : never;
