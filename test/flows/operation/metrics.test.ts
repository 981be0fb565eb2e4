import { readFileSync } from 'node:fs';

import { expect } from 'chai';

import { createPerson, signIn, visitorAt, type TestPerson } from '../../support/people/people.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import { registerThirdPartyApp } from '../../support/people/third-party-app.ts';

interface Exposed {
  readonly types: ReadonlyMap<string, string>;
  /** Name of the metric -> its lines. */
  readonly series: ReadonlyMap<string, readonly string[]>;
}

const DOCUMENT = new URL('../../../docs/operations.md', import.meta.url);
const OWN = /^consentry_/;
const byText = (one: string, other: string): number => (one < other ? -1 : 1);

describe('Metrics of a running server', function () {
  this.timeout(60_000);
  let server: TestServer;
  let ana: TestPerson;

  before(async () => {
    server = await startTestServer({
      redis: true,
      config: { rateLimits: { isOn: true, multiplier: 1 } },
    });
    ana = await createPerson(server.connected);
  });
  after(() => server?.stop());

  async function read(): Promise<Exposed> {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const lines = text.split('\n').filter(Boolean);
    const types = new Map<string, string>();
    const series = new Map<string, string[]>();
    for (const line of lines) {
      const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
      if (name !== undefined && type !== undefined) {
        types.set(name, type);
        series.set(name, []);
      }
      if (!line.startsWith('#')) [...series.values()].at(-1)?.push(line);
    }
    return { types, series };
  }
  const valueOf = ({ series }: Exposed, start: string): number => {
    const line = [...series.values()].flat().find((one) => one.startsWith(`${start} `));
    return Number(line?.split(' ').at(-1) ?? Number.NaN);
  };

  it('are exactly the documented ones, with their types and labels', async () => {
    const visitor = visitorAt(server.url);
    const app = await registerThirdPartyApp(server, ana.accountId);
    const attempt = await app.begin(visitor);
    await signIn(visitor, ana);
    await visitor.submitForm('button[value=allow]');
    await attempt.finish();
    for (let count = 0; count < 65; count += 1) {
      await server.connected.authentication
        .signIn({ identifier: 'x@example.org', password: 'wrong', ip: '192.0.2.1' } as never)
        .catch(() => undefined);
    }
    server.connected.instruments.messages.add({ channel: 'mail', outcome: 'sent' });
    const exposed = await read();
    const documented = [
      ...readFileSync(DOCUMENT, 'utf8').matchAll(/^\| `(consentry_\w+)` +\| (\w+) +\| ([^|]*)\|/gm),
    ].map(([, name = '', type = '', labels = '']) => ({
      name,
      type,
      labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label).toSorted(byText),
    }));
    const shown = [...exposed.types]
      .filter(([name]) => OWN.test(name))
      .map(([name, type]) => {
        const lines = exposed.series.get(name) ?? [];
        const [line = ''] = lines;
        expect(line, `${name} has a series`).not.to.equal('');
        // The time of a withdrawal is unknown before the first measurement.
        if (!/_revocation_/.test(name)) expect(lines.join('\n')).not.to.match(/ NaN$/im);
        const labels = [...line.matchAll(/(\w+)="/g)].map(([, label = '']) => label);
        return { name, type, labels: labels.filter((label) => label !== 'le').toSorted(byText) };
      });
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect(documented.length).to.be.greaterThan(15);
    expect(shown.toSorted(byName)).to.deep.equal(documented.toSorted(byName));
    expect(valueOf(exposed, 'consentry_limits_hit_total{limit="sign-in"}')).to.be.greaterThan(0);
    expect(valueOf(exposed, 'consentry_redis_command_duration_seconds_count')).to.be.greaterThan(0);
  });

  it('count requests by route pattern, method and status', async () => {
    const before = await read();
    let status = 0;
    for (let count = 0; count < 3; count += 1) {
      status = (await fetch(`${server.url}/userinfo`)).status;
    }
    const after = await read();
    const line = `consentry_requests_total{method="GET",route="/userinfo",status="${String(status)}"}`;
    expect(valueOf(after, line) - (valueOf(before, line) || 0)).to.equal(3);
    const timed = 'consentry_request_duration_seconds_count{method="GET",route="/userinfo"}';
    expect(valueOf(after, timed) - (valueOf(before, timed) || 0)).to.equal(3);
  });

  it('get no series from invented paths, methods and client ids', async () => {
    const send = async (word: string): Promise<void> => {
      const paths = [
        `/${word}`,
        `/interaction/${word}`,
        `/auth/${word}`,
        `/session/end/${word}`,
        `/auth?client_id=${word}&response_type=code`,
        `/assets/${word}`,
        `/api/v1/${word}`,
        `/account/apps/${word}`,
        `/userinfo/${word}`,
        `/jwks?${word}`,
      ];
      for (const path of paths)
        await (await fetch(`${server.url}${path}`, { redirect: 'manual' })).text();
      const body = new URLSearchParams({ grant_type: word, client_id: word });
      await (await fetch(`${server.url}/token`, { method: 'POST', body })).text();
      for (const method of ['PROPFIND', 'PURGE', 'SEARCH', 'OPTIONS', 'DELETE']) {
        await (await fetch(`${server.url}/${word}`, { method })).text();
      }
    };
    const own = ({ series }: Exposed) =>
      [...series].filter(([name]) => OWN.test(name)).flatMap(([, lines]) => lines);
    await send('first');
    const known = own(await read());
    for (let count = 0; count < 15; count += 1) await send(`made-up-${String(count)}`);
    const names = (lines: readonly string[]) =>
      lines.map((line) => line.slice(0, line.lastIndexOf(' '))).toSorted();
    const later = own(await read());
    expect(names(later).filter((name) => !names(known).includes(name))).to.deep.equal([]);
    expect(later.join('\n')).not.to.match(/made-up|first|PROPFIND/);
    expect(later.length).to.be.below(1_500);
  });
});
