/** The option of every command that can print its result as JSON. */
export interface JsonOption {
  readonly json?: true;
}

/** The action of a command, which receives the arguments and then the options. Its code is loaded when it is called. */
export function action<Module, Input extends unknown[]>(
  load: () => Promise<Module>,
  pick: (module: Module) => (...input: Input) => Promise<void>,
): (...input: Input) => Promise<void> {
  return async (...input) => pick(await load())(...input);
}
