import { setTimeout as pause } from 'node:timers/promises';

import { expect } from 'chai';

import {
  startInstallation,
  STORAGE_MODES,
  type Installation,
} from '../support/servers/installation.ts';
import type { ServerNode } from '../support/servers/node.ts';
import { createPerson, signIn, visitorAt, type TestPerson } from '../support/people/people.ts';
import { registerThirdPartyApp } from '../support/people/third-party-app.ts';

const READS = 240;
const AT_ONCE = 12;
const KILLS = 4;
const CALLERS = 6;

for (const mode of STORAGE_MODES) {
  describe(`The ledger of two nodes, ${mode}`, function () {
    this.timeout(120_000);
    let installation: Installation;
    let ana: TestPerson;
    let token: string;
    let running: ServerNode;

    before(async () => {
      installation = await startInstallation(mode);
      [running] = installation.nodes;
      const { connected, issuer } = installation;
      ana = await createPerson(connected, { values: { name: ['Ana Petrova'] } });
      const app = await registerThirdPartyApp({ url: issuer, connected }, ana.accountId, {
        requests: [
          {
            claim: 'name',
            necessity: 'essential',
            purpose: { en: 'To greet you', ru: 'Чтобы поздороваться' },
            longestDuration: 'until_withdrawn',
          },
        ],
      });
      const visitor = visitorAt(issuer);
      const attempt = await app.begin(visitor, { scope: 'openid profile email' });
      await signIn(visitor, ana);
      await visitor.submitForm('button[value=allow]');
      token = (await attempt.finish()).access_token;
    });
    after(async () => {
      await running?.stop();
      await installation?.stop();
    });

    /** Reads once. @returns the id of the request when values arrived, else null. */
    const read = async (nodeUrl: string, path = '/userinfo'): Promise<string | null> => {
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(`${nodeUrl}${path}`, { headers }).catch(() => null);
      const text = await response?.text().catch(() => null);
      if (response?.status !== 200 || !text?.includes('Ana Petrova')) return null;
      return response.headers.get('x-request-id');
    };

    const rows = () =>
      installation.connected.ledger.list({ accountId: ana.accountId, limit: 100_000 });

    const expectWhole = async () => {
      const findings: unknown[] = [];
      const { findings: count } = await installation.connected.ledger.verify({
        onFinding: (finding) => findings.push(finding),
      });
      expect(findings).to.deep.equal([]);
      expect(count).to.equal(0);
    };

    it('has one chain per account, independent of the writing node', async () => {
      const before = (await rows()).length;
      const { nodes } = installation;
      let started = 0;
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          while (started < READS) {
            started += 1;
            const node = nodes[started % 2];
            const path = started % 5 === 0 ? '/api/v1/account/profile' : '/userinfo';
            expect(await read(node?.url ?? '', path)).to.be.a('string');
          }
        }),
      );
      const written = await rows();
      expect(written).to.have.length(before + READS);
      const numbers = written.map(({ id }) => Number(id)).toSorted((one, other) => one - other);
      expect(numbers).to.deep.equal(written.map((_, index) => index + 1));
      await expectWhole();
    });

    it('has a row for every release, also when nodes are killed', async () => {
      const received: string[] = [];
      const deadline = AbortSignal.timeout(120_000);
      const state = { isOver: false, killed: 0 };
      const callers = Array.from({ length: CALLERS }, async () => {
        while (!state.isOver && !deadline.aborted) {
          const requestId = await read(running.url);
          if (requestId === null) await pause(5);
          else received.push(requestId);
        }
      });
      while (state.killed < KILLS) {
        const enough = received.length + 40;
        while (received.length < enough) await pause(5, undefined, { signal: deadline });
        await running.kill();
        state.killed += 1;
        running = await installation.startFirstAgain();
      }
      state.isOver = true;
      await Promise.all(callers);
      const recorded = new Set((await rows()).map(({ requestId }) => requestId));
      expect(received.filter((requestId) => !recorded.has(requestId))).to.deep.equal([]);
      expect(received.length).to.be.at.least(KILLS * 40);
      await expectWhole();
    });
  });
}
