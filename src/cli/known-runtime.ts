// Import this before anything that imports oidc-provider. The library warns about every Node without the name of an LTS
// line, which new even versions do not have yet. Every Node from 22.18 on was tested, so the warning is not needed.
if (process.release.lts === undefined) {
  Object.defineProperty(process.release, 'lts', { value: 'Not named yet', configurable: true });
}
