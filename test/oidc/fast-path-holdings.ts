import { machine, revocation, userinfo } from './fast-path-requests.ts';
import { type Connection, type FastPathScene, OPAQUE_API } from './fast-path-scene.ts';
import { sendRaw } from './raw-request.ts';
import { waitFor } from '../support/wait-for.ts';
import type { ThirdPartyApp } from '../support/people/third-party-app.ts';

const OFFLINE = { scope: 'openid profile email offline_access', prompt: 'consent' };
/** People whose access tokens are refused. */
const REFUSED = [
  'ended',
  'withdrawn',
  'paused',
  'suspended',
  'blocked',
  'revoked',
  'offline_withdrawn',
  'offline_paused',
  'offline_blocked',
];

/** Apps and tokens, by their state. */
export interface Holdings {
  person(name: string): Connection;
  app(name: string): ThirdPartyApp;
  readonly expired: string;
  readonly machineToken: string;
  readonly resourceToken: string;
}

/**
 * Makes apps, people and tokens in every state, and waits until both servers have received the announcements of it.
 */
export async function makeHoldings(scene: FastPathScene): Promise<Holdings> {
  const people: Record<string, Connection> = {};
  const apps: Record<string, ThirdPartyApp> = {};
  const person = (name: string): Connection => people[name] as Connection;
  const app = (name: string): ThirdPartyApp => apps[name] as ThirdPartyApp;
  const key = (name: string) => ({
    accountId: person(name).person.accountId,
    clientId: person(name).app.clientId,
  });
  const { connected } = scene.fast;
  people['ana'] = await scene.connectPerson();
  for (const state of ['', '_ended', '_withdrawn', '_paused', '_blocked']) {
    people[`offline${state}`] = await scene.connectPerson({ parameters: OFFLINE });
  }
  people['offline_claims'] = await scene.connectPerson({
    parameters: { ...OFFLINE, claims: JSON.stringify({ id_token: { name: null } }) },
  });
  people['in_id_token'] = await scene.connectPerson({
    app: { claimsInIdToken: true },
    parameters: OFFLINE,
  });
  people['pairwise'] = await scene.connectPerson({ app: { subjectType: 'pairwise' } });
  people['claims'] = await scene.connectPerson({
    parameters: { claims: JSON.stringify({ userinfo: { email: { essential: true } } }) },
  });
  people['bare'] = await scene.connectPerson({
    parameters: { scope: 'openid' },
    choices: {},
  });
  people['narrow'] = await scene.connectPerson({
    choices: { 'claim.email': 'refuse', 'claim.name': 'refuse' },
  });
  people['ended'] = await scene.connectPerson();
  people['withdrawn'] = await scene.connectPerson();
  people['paused'] = await scene.connectPerson();
  people['suspended'] = await scene.connectPerson();
  people['blocked'] = await scene.connectPerson();
  people['revoked'] = await scene.connectPerson();
  apps['post'] = await scene.registerMachine({
    tokenEndpointAuthMethod: 'client_secret_post',
  });
  apps['machine'] = await scene.registerMachine();
  apps['public'] = await scene.register({ applicationType: 'single_page' });
  apps['other'] = await scene.register({});

  const { sessions, consents, clients, accounts, db, feed, tokens } = connected;
  for (const name of ['ended', 'offline_ended']) {
    const { accountId } = key(name);
    for (const { uid } of await sessions.list(accountId)) {
      await sessions.end({ accountId, sessionUid: uid });
    }
  }
  for (const name of ['withdrawn', 'offline_withdrawn']) await consents.withdraw(key(name));
  for (const name of ['paused', 'offline_paused']) {
    await db.transaction(async (tx) => {
      const { accountId, clientId } = key(name);
      await tx.query({
        name: 'test-pause',
        text: 'update consents set suspended_at = now() where client_id = $1',
        values: [clientId],
      });
      await feed.publish(tx, 'consent', `${accountId}:${clientId}`);
    });
  }
  const owner = await clients.find(person('suspended').app.clientId);
  await clients.setStatus({
    clientId: person('suspended').app.clientId,
    manager: { accountId: owner?.ownerAccountId ?? '', isAdministrator: true },
    status: 'suspended',
  });
  for (const name of ['blocked', 'offline_blocked']) {
    await accounts.setStatus(db, {
      accountId: key(name).accountId,
      status: 'blocked',
      actorId: owner?.ownerAccountId ?? '',
      reason: 'test',
    });
  }
  const now = Math.floor(Date.now() / 1000);
  const { clientId, accountId } = key('ana');
  const [grant] = await db.query<{ id: string }>({
    name: 'test-grant',
    text: 'select id from grants where client_id = $1 and revoked_at is null',
    values: [clientId],
  });
  const content = { clientId, accountId, grantId: grant?.id, scope: 'openid profile' };
  const times = { iat: now - 900, exp: now - 300 };
  const expired = tokens.sealAccessToken('AccessToken', { ...content, ...times }) ?? '';
  const [ofFast] = scene.ports;
  await sendRaw(ofFast, revocation(person('revoked').token, person('revoked').app));
  const machineToken = await issueMachineToken(scene, app('machine'), {});
  const resourceToken = await issueMachineToken(scene, app('machine'), {
    resource: OPAQUE_API,
    scope: 'orders:read',
  });
  for (const name of REFUSED) {
    for (const port of scene.ports) {
      await waitFor(`${name} is refused`, async () =>
        /^HTTP\/1.1 401/.test((await sendRaw(port, userinfo(person(name).token))).head),
      );
    }
  }
  return { person, app, expired, machineToken, resourceToken };
}

/** A token of an app that acts for itself, issued by the library. */
export async function issueMachineToken(
  { ports: [, ofLibrary] }: FastPathScene,
  client: ThirdPartyApp,
  form: Readonly<Record<string, string>>,
): Promise<string> {
  const { body } = await sendRaw(ofLibrary, machine(client, form));
  return (JSON.parse(body) as { access_token: string }).access_token;
}
