import type { Socket } from 'node:net';

import { expect } from 'chai';

import { type Holdings, issueMachineToken, makeHoldings } from './fast-path-holdings.ts';
import { introspectionRows } from './fast-path-introspection-rows.ts';
import {
  type Answerer,
  introspection,
  membersOf,
  revocation,
  userinfo,
} from './fast-path-requests.ts';
import { refreshRows } from './fast-path-refresh-rows.ts';
import { countLibraryRequests, type FastPathScene, openFastPathScene } from './fast-path-scene.ts';
import { revocationRows, tokenRows } from './fast-path-token-rows.ts';
import { userinfoRows } from './fast-path-userinfo-rows.ts';
import { exchange, type RawAnswer, type RawRequest, sendRaw, textOf } from './raw-request.ts';
import { waitFor } from '../support/wait-for.ts';

describe('The fast path', function () {
  this.timeout(120_000);
  for (const hasRedis of [false, true]) {
    describe(hasRedis ? 'with Redis' : 'with Postgres alone', () => {
      let scene: FastPathScene;
      /** Requests that reached the library of the server with the fast path. */
      let toLibrary: () => number;
      let holdings: Holdings;

      before(async () => {
        scene = await openFastPathScene(hasRedis);
        holdings = await makeHoldings(scene);
        toLibrary = countLibraryRequests(scene);
      });
      after(() => scene?.stop());

      const send = (answerer: Answerer, request: RawRequest): Promise<RawAnswer> =>
        sendRaw(scene.ports[answerer === 'fast' ? 0 : 1], request);

      const tables = [
        ['UserInfo', userinfoRows, 43],
        ['introspection', introspectionRows, 45],
        ['the token endpoint', tokenRows, 22],
        ['refreshes', refreshRows, 28],
        ['revocation', revocationRows, 5],
      ] as const;
      for (const [name, rowsOf, count] of tables) {
        it(`answers ${name} with the bytes of the library`, async () => {
          const rows = rowsOf(holdings);
          expect(rows).to.have.length(count);
          const differences: string[] = [];
          for (const [title, answerer, request] of rows) {
            const before = toLibrary();
            const [fast, library] = [await send('fast', request), await send('library', request)];
            const whose = toLibrary() === before ? 'fast' : 'library';
            if (whose !== answerer) differences.push(`${title}: answered by the ${whose} path`);
            differences.push(
              ...differencesOf(comparable(fast), comparable(library)).map(
                (line) => `${title}: ${line}`,
              ),
            );
          }
          expect(differences.join('\n')).to.equal('');
        });
      }

      it('revokes a token like the library, on both servers', async () => {
        const answers: string[] = [];
        for (const answerer of ['fast', 'library'] as const) {
          const before = toLibrary();
          const client = holdings.app('machine');
          const token = await issueMachineToken(scene, client, {});
          answers.push(comparable(await send(answerer, revocation(token, client))));
          expect(toLibrary()).to.equal(before);
          for (const asked of ['fast', 'library'] as const) {
            await waitFor('the token is refused', async () => {
              const { body } = await send(asked, introspection(token, client));
              return body === '{"active":false}';
            });
          }
        }
        expect(answers[0]).to.equal(answers[1]);
      });

      it('records a release with the address and the id of the request, like the library', async () => {
        const { token, person: ana } = holdings.person('pairwise');
        const rows: object[] = [];
        for (const answerer of ['fast', 'library'] as const) {
          const { head } = await send(answerer, userinfo(token));
          const [, id] = /x-request-id: ([\w-]+)/i.exec(head) ?? [];
          const { ledger } = scene.fast.connected;
          const [newest] = await ledger.list({ accountId: ana.accountId, limit: 1 });
          expect(newest?.requestId).to.equal(id);
          const { ip, channel, claims, clientId, grantId } = newest ?? {};
          rows.push({ ip, channel, claims, clientId, grantId });
        }
        expect(rows[0]).to.deep.equal(rows[1]);
        expect(rows[0]).to.include({ ip: '127.0.0.1', channel: 'userinfo' });
      });

      it('answers several requests of one connection in their order', async () => {
        const { token, app: own } = holdings.person('ana');
        const keep = (request: RawRequest) => textOf(request).replace('Connection: close\r\n', '');
        const requests = [
          keep(userinfo(token)),
          keep(introspection(token, own)),
          keep(introspection('x', own)),
          textOf(userinfo(token)),
        ].join('');
        const [fast, library] = await Promise.all(
          scene.ports.map((port) => exchange(port, requests)),
        );
        expect(masked(fast ?? '')).to.equal(masked(library ?? ''));
        expect(fast?.match(/HTTP\/1.1 200/g)).to.have.length(4);
      });

      it('writes an answer at once', async () => {
        const writes: string[] = [];
        const { server } = scene.fast;
        server.once('connection', (socket: Socket) => {
          const internals = socket as unknown as Record<'_writeGeneric', Write>;
          const write = internals['_writeGeneric'].bind(socket);
          internals['_writeGeneric'] = (...input) => {
            writes.push('write');
            return write(...input);
          };
        });
        await send('fast', userinfo(holdings.person('ana').token));
        expect(writes).to.have.length(1);
      });
    });
  }
});

type Write = (...input: unknown[]) => unknown;

/** The lines that only one of two answers has, or both in another order. */
function differencesOf(one: string, other: string): string[] {
  const [lines, others] = [one.split('\r\n'), other.split('\r\n')];
  return Array.from({ length: Math.max(lines.length, others.length) }, (_none, index) =>
    lines[index] === others[index] ? [] : [`${String(lines[index])} | ${String(others[index])}`],
  ).flat();
}

/** The answer without the parts that differ from request to request. */
function comparable({ head, body }: RawAnswer): string {
  return masked(`${head}\r\n\r\n${body}`);
}

function masked(text: string): string {
  return text
    .replaceAll(/^date: .*$/gim, 'Date: *')
    .replaceAll(/^(x-request-id): .*$/gim, '$1: *')
    .replaceAll(/"requestId":"[^"]*"/g, '"requestId":"*"')
    .replaceAll(/"(access_token)":"([^"]{8})[^"]*"/g, '"$1":"$2*"')
    .replaceAll(/"(id_token)":"([^"]*)"/g, (_all, name: string, jwt: string) =>
      JSON.stringify([name, membersOf(jwt)]),
    );
}
