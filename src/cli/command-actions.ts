/** The option of every command that can print its result as JSON. */
export interface JsonOption {
  readonly json?: true;
}

type Command = (...input: never[]) => Promise<void>;

type CommandName<Module> = {
  [Name in keyof Module]: Module[Name] extends Command ? Name : never;
}[keyof Module];

/** The commands of a module by name. Its code is loaded when one of them is called. */
export function commandsOf<Module extends object>(load: () => Promise<Module>) {
  return <Name extends CommandName<Module>>(name: Name) => {
    type Input = Module[Name] extends (...input: infer All) => unknown ? All : never;
    return async (...input: Input): Promise<void> => {
      await ((await load())[name] as (...input: Input) => Promise<void>)(...input);
    };
  };
}
