// Import this before anything that imports oidc-provider. The library takes a Node for unsupported unless the build
// carries the name of an LTS line; builds of an even line carry none until the line is promoted. Every Node from 22.18
// on was tried, so it need not warn.
if (process.release.lts === undefined) {
  Object.defineProperty(process.release, 'lts', { value: 'Not named yet', configurable: true });
}
