/**
 * The environment of a started program: only these settings. Node programs of one run share their compiled code, which halves
 * the time that they need to start.
 */
export function childEnvironment(
  settings: Readonly<Record<string, string | undefined>> = {},
): NodeJS.ProcessEnv {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  return { PATH, ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }), ...settings };
}
