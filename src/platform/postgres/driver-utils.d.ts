declare module 'pg/lib/utils.js' {
  /** Turns a value of JavaScript into the form that the driver sends. */
  function prepareValue(value: unknown): string | Buffer | null;
  const utils: { readonly prepareValue: typeof prepareValue };
  export default utils;
}
