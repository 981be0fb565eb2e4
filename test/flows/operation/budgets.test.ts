import { expect } from 'chai';

import { createHttpDriver, type HttpDriver } from '../../../bench/http-driver.ts';
import { scenarios } from '../../../bench/scenarios/index.ts';
import { discoverEndpoints, type Subject } from '../../../bench/subject.ts';
import { seedServer } from '../../../bench/subjects/seed.ts';
import {
  type CostCounter,
  countCosts,
  type RequestCost,
} from '../../support/measurement/request-cost.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';

/**
 * Maximum statements and commands of one operation per scenario of the benchmark, without other load. Lower a number when an
 * operation becomes cheaper; raise it only on purpose.
 */
const BUDGETS: Readonly<Record<string, RequestCost>> = {
  discovery: { statements: 0, units: 0, redisCommands: 0, storeWrites: 0 },
  jwks: { statements: 0, units: 0, redisCommands: 0, storeWrites: 0 },
  client_credentials: { statements: 0, units: 0, redisCommands: 0, storeWrites: 0 },
  code_flow_signed_in: { statements: 1, units: 1, redisCommands: 2, storeWrites: 3 },
  code_flow_full: { statements: 9, units: 9, redisCommands: 2, storeWrites: 11 },
  refresh: { statements: 2, units: 2, redisCommands: 0, storeWrites: 2 },
  userinfo: { statements: 1, units: 1, redisCommands: 0, storeWrites: 1 },
  introspect: { statements: 0, units: 0, redisCommands: 0, storeWrites: 0 },
  verify: { statements: 0, units: 0, redisCommands: 0, storeWrites: 0 },
  revoke: { statements: 1, units: 1, redisCommands: 0, storeWrites: 1 },
};

/** The lowest count is compared: a job of the server may send a statement in the same group. */
const REPETITIONS = 6;

describe('The cost budget of an operation, with Redis', () => {
  let server: TestServer;
  let http: HttpDriver;
  let counter: CostCounter;
  let subject: Subject;

  before(async () => {
    server = await startTestServer({ redis: true });
    const { port } = new URL(server.url);
    http = createHttpDriver({ port: Number(port), connections: 1 });
    const seeded = await seedServer(server.connected, { accounts: 1, signingAlgorithm: 'ES256' });
    subject = {
      ...seeded,
      name: 'consentry',
      port: Number(port),
      issuer: server.url,
      endpoints: await discoverEndpoints(Number(port)),
      read: () => Promise.reject(new Error('not measured here')),
      restart: () => Promise.resolve(),
      stop: () => Promise.resolve(),
    };
    counter = countCosts(server.connected);
  });
  after(async () => {
    counter.stop();
    http.close();
    await server.stop();
  });

  const costsOf = async (operation: () => Promise<unknown>): Promise<RequestCost> => {
    const costs: RequestCost[] = [];
    for (let repetition = 0; repetition < REPETITIONS; repetition += 1) {
      const before = counter.read();
      await operation();
      const after = counter.read();
      const cost = (name: keyof RequestCost) => after[name] - before[name];
      costs.push({
        statements: cost('statements'),
        units: cost('units'),
        redisCommands: cost('redisCommands'),
        storeWrites: cost('storeWrites'),
      });
    }
    const least = (name: keyof RequestCost) => Math.min(...costs.map((cost) => cost[name]));
    return {
      statements: least('statements'),
      units: least('units'),
      redisCommands: least('redisCommands'),
      storeWrites: least('storeWrites'),
    };
  };

  it('is set for every scenario of the benchmark', () => {
    expect(Object.keys(BUDGETS)).to.have.members(scenarios.map(({ name }) => name));
  });

  for (const scenario of scenarios) {
    it(`is not exceeded by ${scenario.name}`, async () => {
      const stage = { subject, http, concurrency: 1, revocations: 2 * REPETITIONS };
      const [operation] = await scenario.prepare(stage);
      if (operation === undefined) throw new Error('the scenario has no operation');
      // The first runs fill the caches.
      await operation();
      await operation();
      const cost = await costsOf(operation);
      const budget = BUDGETS[scenario.name] as RequestCost;
      const names = Object.keys(budget) as (keyof RequestCost)[];
      expect(names).to.have.length(4);
      const over = names.filter((name) => cost[name] > budget[name]);
      expect(over, `costs ${JSON.stringify(cost)}`).to.deep.equal([]);
    });
  }
});
