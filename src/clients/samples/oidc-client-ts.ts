import { singleQuoted as quote } from './quote.ts';
import { type SampleInput, signInNotes, type Stack } from './sample.ts';

/** An app that runs in the browser, without a framework; Vite serves it during development. */
export const oidcClientTs: Stack = {
  title: 'JavaScript',
  library: 'oidc-client-ts 3',
  types: ['single_page'],
  blocks: (input) => [
    { step: 'install', code: 'npm install oidc-client-ts@3 vite@8' },
    { file: 'index.html', code: PAGE.join('\n') },
    { file: 'main.js', code: programLines(input).join('\n') },
    { step: 'start', code: `npx vite --port ${input.port} --strictPort` },
  ],
  notes: (input) => signInNotes(input).filter(({ id }) => id !== 'proxy'),
};

const PAGE = [
  `<!doctype html>`,
  `<html lang="en">`,
  `  <meta charset="utf-8" />`,
  `  <title>Sign in</title>`,
  `  <link rel="icon" href="data:," />`,
  `  <button id="sign-in">Sign in</button>`,
  `  <pre id="person"></pre>`,
  `  <script type="module" src="/main.js"></script>`,
  `</html>`,
];

function programLines({ client, issuer, redirectUri, scope }: SampleInput): string[] {
  return [
    `import { UserManager } from 'oidc-client-ts';`,
    ``,
    `const manager = new UserManager({`,
    `  authority: ${quote(issuer)},`,
    `  client_id: ${quote(client.id)},`,
    `  redirect_uri: ${quote(redirectUri)},`,
    `  scope: ${quote(scope)},`,
    `  loadUserInfo: true, // the ID token only identifies the person`,
    `});`,
    ``,
    `const address = new URL(location.href);`,
    `if (address.searchParams.has('state')) {`,
    `  await manager.signinRedirectCallback();`,
    `  history.replaceState(null, '', '/');`,
    `}`,
    ``,
    `const user = await manager.getUser();`,
    `if (user !== null) {`,
    `  // Every value may be missing: people decide one by one, and can change their mind.`,
    `  document.querySelector('#person').textContent = JSON.stringify(user.profile, null, 2);`,
    `}`,
    `document.querySelector('#sign-in').addEventListener('click', () => manager.signinRedirect());`,
  ];
}
