import { expect } from 'chai';

import {
  authorizationOf,
  openSignedIn,
  type Scenery,
} from '../../oidc/fast-path-authorization-scene.ts';
import { FORM } from '../../oidc/fast-path-requests.ts';
import {
  basicOf,
  type ConnectSettings,
  countLibraryRequests,
  type FastPathScene,
  openFastPathScene,
} from '../../oidc/fast-path-scene.ts';
import { type RawAnswer, type RawRequest, sendRaw } from '../../oidc/raw-request.ts';
import { sql } from '../../../src/platform/postgres/sql.ts';
import { REDIRECT_URI } from '../../support/people/third-party-app.ts';
import {
  type Held,
  randomAuthorization,
  randomProgramRequest,
  VERIFIER,
} from './fast-path-requests.ts';
import { createRandom } from './random-requests.ts';

/** Other numbers make other requests, and more of them. */
const SEED = Number(process.env['FUZZ_SEED'] ?? '1');
const FACTOR = Number(process.env['FUZZ_FACTOR'] ?? '1');
const AUTHORIZATIONS = 600 * FACTOR;
const PROGRAM_REQUESTS = 120 * FACTOR;
const ALL = 'openid profile email offline_access';
const KINDS: readonly ConnectSettings[] = [
  {},
  { app: { subjectType: 'pairwise' } },
  { app: { applicationType: 'single_page' } },
  { app: { claimsInIdToken: true } },
  { choices: { 'claim.name': 'refuse', 'claim.email': 'refuse' } },
];

describe('Random requests are answered by the fast path as by the library', function () {
  this.timeout(240_000);
  for (const hasRedis of [false, true]) {
    describe(hasRedis ? 'with Redis' : 'with Postgres alone', () => {
      let scene: FastPathScene;
      let toLibrary: () => number;
      /** Each kind twice: requests of programs change the state, so each server has people of its own. */
      let people: readonly (readonly Scenery[])[];

      before(async () => {
        scene = await openFastPathScene(hasRedis);
        toLibrary = countLibraryRequests(scene);
        const open = async () => {
          const opened: Scenery[] = [];
          for (const kind of KINDS) opened.push(await openSignedIn(scene, kind));
          return opened;
        };
        people = [await open(), await open()];
      });
      after(() => scene?.stop());

      it('from browsers of signed-in people', async () => {
        const [own = []] = people;
        const answers: string[][] = [];
        const growth: object[] = [];
        let byFastPath = 0;
        for (const port of scene.ports) {
          const before = await countRows(scene);
          const side: string[] = [];
          for (let index = 0; index < AUTHORIZATIONS; index += 1) {
            const random = createRandom(SEED * 100_000 + index);
            const scenery = random.pick(own) ?? expect.fail('nobody is signed in');
            const request = randomAuthorization(random, scenery);
            const passed = toLibrary();
            const answer = await sendRaw(port, request);
            if (port === scene.ports[0] && toLibrary() === passed) byFastPath += 1;
            side.push(
              described(request, masked(answer, [scenery]) + (await codeIn(scene, answer))),
            );
          }
          answers.push(side);
          growth.push(difference(before, await countRows(scene)));
        }
        expectSame(answers);
        expect(growth[0]).to.deep.equal(growth[1]);
        expect(byFastPath).to.be.greaterThan(AUTHORIZATIONS / 10);
      });

      it('from programs', async () => {
        const answers: string[][] = [];
        const growth: object[] = [];
        for (const [side, port] of scene.ports.entries()) {
          const before = await countRows(scene);
          const own: string[] = [];
          for (let index = 0; index < PROGRAM_REQUESTS; index += 1) {
            const random = createRandom(SEED * 200_000 + index);
            const pair = [random.pick(people[side] ?? []), random.pick(people[side] ?? [])];
            const [scenery, other] = pair as [Scenery, Scenery];
            const held = await hold(scene, scenery, other);
            const request = randomProgramRequest(random, held);
            const count = random.chance(0.2) ? 2 : 1;
            for (let sent = 0; sent < count; sent += 1)
              own.push(described(request, masked(await sendRaw(port, request), [scenery, other])));
          }
          answers.push(own);
          growth.push(difference(before, await countRows(scene)));
        }
        expectSame(answers);
        expect(growth[0]).to.deep.equal(growth[1]);
        expect(answers[0]?.filter((text) => text.includes(' 200 OK')).length).to.be.greaterThan(
          PROGRAM_REQUESTS / 10,
        );
      });
    });
  }
});

/** A new code and new tokens, issued by the library. */
async function hold(scene: FastPathScene, scenery: Scenery, other: Scenery): Promise<Held> {
  const { app } = scenery.connection;
  const isPublic = app.clientSecret === '';
  const form = {
    grant_type: 'authorization_code',
    code: await codeOf(scene, scenery),
    redirect_uri: REDIRECT_URI,
    code_verifier: VERIFIER,
    ...(isPublic && { client_id: app.clientId }),
  };
  const { body } = await sendRaw(scene.ports[1], {
    method: 'POST',
    path: '/token',
    headers: [FORM, ...(isPublic ? [] : [`Authorization: ${basicOf(app)}`])],
    body: new URLSearchParams(form).toString(),
  });
  const tokens = JSON.parse(body) as Record<'access_token' | 'refresh_token', string>;
  expect(tokens, body).to.include.keys('access_token', 'refresh_token');
  return {
    app,
    otherApp: other.connection.app,
    code: await codeOf(scene, scenery),
    accessToken: tokens.access_token,
    refreshToken: tokens.refresh_token,
  };
}

async function codeOf({ ports: [, ofLibrary] }: FastPathScene, scenery: Scenery): Promise<string> {
  const { head } = await sendRaw(ofLibrary, authorizationOf(scenery, { scope: ALL }));
  return /[?&]code=([\w-]+)/.exec(head)?.[1] ?? expect.fail(head);
}

/** Of tables, without those that are written or emptied in the background. A code is in an answer. */
async function countRows({ fast }: FastPathScene): Promise<ReadonlyMap<string, number>> {
  const { db } = fast.connected;
  const rows = await db.query<{ name: string; count: number }>(
    sql`select relname as name, (xpath('/row/c/text()',
          query_to_xml(format('select count(*) as c from %I', relname), false, true, '')))[1]::text::int as count
        from pg_class join pg_namespace on pg_namespace.oid = relnamespace
        where relkind in ('r', 'p') and not relispartition and nspname = current_schema()
          and relname not in ('audit_events', 'authorization_codes', 'failed_requests')`,
  );
  return new Map(rows.map(({ name, count }) => [name, count]));
}

function difference(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): Record<string, number> {
  const all = [...after].map(([name, count]) => [name, count - (before.get(name) ?? 0)] as const);
  return Object.fromEntries(all.filter(([, count]) => count !== 0));
}

/** The stored code of an answer. */
async function codeIn({ fast }: FastPathScene, { head }: RawAnswer): Promise<string> {
  const code = /[?&#]code=([\w-]{20,})/.exec(head)?.[1];
  if (code === undefined) return '';
  const content = await fast.connected.tokens.artifacts('AuthorizationCode').find(code);
  const { jti: _jti, iat = 0, exp = 0, ...kept } = content ?? expect.fail('the code is not stored');
  const entries = Object.entries({ ...kept, seconds: exp - iat });
  return JSON.stringify(entries.toSorted(([one], [other]) => one.localeCompare(other)));
}

/** The path and query are not those of a program, whose tokens differ. */
function described({ method = 'GET', path }: RawRequest, answer: string): string {
  return `${method} ${path.startsWith('/auth') ? path : (path.split('?', 1)[0] ?? '')}\n${answer}`;
}

function expectSame([fast = [], library = []]: readonly (readonly string[])[]): void {
  expect(fast.length).to.equal(library.length);
  for (const [index, answer] of fast.entries()) expect(answer).to.equal(library[index]);
}

const MEMBERS = /"(access_token|refresh_token|id_token|sid|sub|grant_id)":"[^"]+"/g;

/** Without the parts that differ each time, and with the same names for both people. */
function masked({ head, body }: RawAnswer, people: readonly Scenery[]): string {
  let text = `${head}\r\n\r\n${body}`;
  for (const { connection, cookie } of people) {
    const [, session = ''] = /consentry-session=([^;]+)/.exec(cookie) ?? [];
    const { app, person } = connection;
    for (const own of [session, app.clientId, person.accountId, person.email])
      text = text.replaceAll(own, 'OWN');
  }
  return text
    .replaceAll(/^(date|x-request-id): .*$/gim, '$1: *')
    .replaceAll(/^(content-length): \d\d+/gim, '$1: *')
    .replaceAll(/(expires=)[^;\r]*/gi, '$1*')
    .replaceAll(/(?<=[?&;#]code=|name="code" value=")[\w-]{20,}/g, '*')
    .replaceAll(/(?<=access_token=)[\w-]{20,}/gi, '*')
    .replaceAll(/(?<=\/(?:interaction|auth)\/)[\w-]{20,}/g, '*')
    .replaceAll(/^(set-cookie: [\w.-]+=)(?!OWN)[^;]{8,}/gim, '$1*')
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replaceAll(/(name="_csrf" value=")[^"]+/g, '$1*')
    .replaceAll(MEMBERS, '"$1":"*"')
    .replaceAll(/"(iat|exp|updated_at)":\d+/g, '"$1":0');
}
