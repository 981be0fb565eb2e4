import { doubleQuoted as quote } from './quote.ts';
import {
  isSecure,
  type SampleInput,
  sendsSecretInBody,
  signInNotes,
  type Stack,
  usesSecret,
} from './sample.ts';

/** Pages of an Apache HTTP server that only signed-in people open. */
export const modAuthOpenidc: Stack = {
  title: 'Apache',
  library: 'mod_auth_openidc 2.4',
  types: ['web'],
  fits: (client) => usesSecret(client) && client.idTokenSignedResponseAlg !== 'EdDSA',
  blocks: (input) => [
    {
      step: 'install',
      code: 'sudo apt-get install libapache2-mod-auth-openidc\nsudo a2enmod auth_openidc',
    },
    { file: '/etc/apache2/conf-available/consentry.conf', code: directives(input).join('\n') },
    { step: 'start', code: 'sudo a2enconf consentry\nsudo systemctl restart apache2' },
  ],
  notes: (input) => signInNotes(input).filter(({ id }) => id !== 'proxy'),
};

function directives({ client, issuer, redirectUri, scope }: SampleInput): string[] {
  return [
    `# CLIENT_SECRET and SESSION_SECRET are exported in /etc/apache2/envvars.`,
    `OIDCProviderMetadataURL ${quote(`${issuer}/.well-known/openid-configuration`)}`,
    `OIDCClientID ${quote(client.id)}`,
    `OIDCClientSecret "\${CLIENT_SECRET}"`,
    ...(sendsSecretInBody(client) ? [`OIDCProviderTokenEndpointAuth client_secret_post`] : []),
    `OIDCRedirectURI ${quote(redirectUri)}`,
    `OIDCCryptoPassphrase "\${SESSION_SECRET}"`,
    `OIDCScope ${quote(scope)}`,
    `OIDCPKCEMethod S256`,
    ...(isSecure(redirectUri) ? [`OIDCXForwardedHeaders X-Forwarded-Proto`] : []),
    ``,
    `# The redirect address belongs to the module and needs no file.`,
    ...location(new URL(redirectUri).pathname),
    ``,
    `# Programs below it find the values in OIDC_CLAIM_email and the like. Each may be missing.`,
    ...location('/secured'),
  ];
}

function location(path: string): string[] {
  return [
    `<Location ${quote(path)}>`,
    `  AuthType openid-connect`,
    `  Require valid-user`,
    `</Location>`,
  ];
}
