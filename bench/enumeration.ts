/**
 * `npm run bench -- --enumeration`: do the times of answers reveal which names have an account (E-02)? Interleaved samples of a known and
 * an unknown name, over HTTP, each name once per operation. Use a quiet machine.
 */
import { randomBytes } from 'node:crypto';

import { connect, type Connected } from '../src/server/services.ts';
import { testConfig } from '../test/support/config.ts';
import { findForm, readForm } from '../test/support/http/html-form.ts';
import { createPerson, visitorAt } from '../test/support/people/people.ts';
import type { Visitor } from '../test/support/people/visitor.ts';
import { startNode } from '../test/support/servers/node.ts';
import { compareSamples } from './compare-samples.ts';
import { startStorage } from './subjects/storage.ts';

const SAMPLES = 300;
const WARM_UP = 20;
/** The bounds of E-02. */
const LEAST_P = 0.01;
const MOST_DIFFERENCE_MS = 5;
const PASSWORD = 'a wrong password of good length';

const OPERATIONS = {
  'sign-in': (email: string) => ({
    path: 'sign-in',
    fields: { identifier: email, password: PASSWORD },
  }),
  'request of a code': (email: string) => ({ path: 'code', fields: { identifier: email } }),
  'request of a reset': (email: string) => ({ path: 'forgot', fields: { identifier: email } }),
  registration: (email: string) => ({
    path: 'register',
    fields: { email, name: 'Ana Petrova', password: PASSWORD },
  }),
} as const;
type Operation = (typeof OPERATIONS)[keyof typeof OPERATIONS];

/** Measures and prints. @returns whether each operation is within the bounds. */
async function benchEnumeration(): Promise<boolean> {
  const storage = await startStorage();
  const { databaseUrl, redisUrl } = storage;
  const node = await startNode({ databaseUrl, redisUrl });
  const connected = await connect(testConfig(databaseUrl, { issuer: node.issuer, redisUrl }));
  try {
    console.log('operation            known ms  unknown ms  difference ms  p');
    let isMet = true;
    for (const [name, operation] of Object.entries(OPERATIONS)) {
      const { known, unknown } = await sample(node.issuer, connected, operation);
      const { p, medians } = compareSamples(known, unknown);
      const difference = medians[0] - medians[1];
      isMet &&= p > LEAST_P && Math.abs(difference) < MOST_DIFFERENCE_MS;
      const figures = [medians[0], medians[1], difference].map((figure) => figure.toFixed(2));
      const [one = '', other = '', between = ''] = figures;
      console.log(
        `${name.padEnd(21)}${one.padEnd(10)}${other.padEnd(12)}${between.padEnd(15)}${p.toFixed(3)}`,
      );
    }
    console.log(`p above 0.01 and medians less than 5 ms apart: ${isMet ? 'met' : 'missed'}`);
    return isMet;
  } finally {
    await connected.close();
    await node.stop();
    await storage.stop();
  }
}

async function sample(
  issuer: string,
  connected: Connected,
  operation: Operation,
): Promise<{ readonly known: readonly number[]; readonly unknown: readonly number[] }> {
  const visitor = visitorAt(issuer);
  const { document, url } = await visitor.get('/account');
  const form = findForm(document, 'form[action$="/sign-in"]');
  if (form === null) throw new Error('the page of the name has no form');
  const { fields } = readForm(form, {});
  const page = { visitor, interaction: url.pathname.split('/')[2] ?? '', proof: fields };
  const times = { known: [] as number[], unknown: [] as number[] };
  for (let turn = 0; turn < WARM_UP + SAMPLES; turn += 1) {
    const { email } = await createPerson(connected, { email: newEmail() });
    const pair = [
      ['known', email],
      ['unknown', newEmail()],
    ] as const;
    // Each is the first one in half of the pairs.
    for (const [kind, name] of turn % 2 === 0 ? pair : pair.toReversed()) {
      const ms = await timed(page, operation(name));
      if (turn >= WARM_UP) times[kind].push(ms);
    }
  }
  return times;
}

interface OpenPage {
  readonly visitor: Visitor;
  readonly interaction: string;
  /** The hidden fields, with the proof that the form comes from this page. */
  readonly proof: URLSearchParams;
}

async function timed(
  { visitor, interaction, proof }: OpenPage,
  { path, fields }: ReturnType<Operation>,
): Promise<number> {
  const body = new URLSearchParams([...proof].filter(([name]) => !(name in fields)));
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  const start = performance.now();
  const answer = await visitor.request(`/interaction/${interaction}/${path}`, {
    method: 'POST',
    body,
  });
  await answer.text();
  const ms = performance.now() - start;
  if (answer.status !== 303) throw new Error(`${path} was answered with ${String(answer.status)}`);
  return ms;
}

function newEmail(): string {
  return `p${randomBytes(8).toString('hex')}@example.org`;
}

process.exitCode = (await benchEnumeration()) ? 0 : 1;
