import { expect } from 'chai';

import { callApi, signedInVisitor } from '../../support/people/console-visitor.ts';
import { foreignParts, seeElements } from '../../support/browser/browser-view.ts';
import { hostileTexts } from '../../vault/hostile-values.ts';
import { createPerson, type TestPerson } from '../../support/people/people.ts';
import { describePhone } from '../../../src/vault/index.ts';
import { startTestServer, type TestServer } from '../../support/servers/server.ts';
import type { Visitor } from '../../support/people/visitor.ts';
import { waitFor } from '../../support/wait-for.ts';

const STANDARD =
  'name given_name middle_name family_name nickname preferred_username email phone_number birthdate gender profile website zoneinfo locale';
const CUSTOM = ['text', 'number', 'boolean', 'date', 'url', 'choice'] as const;
const MEMBERS = ['street_address', 'locality', 'region', 'postal_code', 'country', 'formatted'];
/** Number of values that are checked together on the page, where a claim can have several. */
const STORED_AT_ONCE = 10;
const PAGES: Readonly<Record<string, string>> = {
  email: '/account/emails/add',
  phone_number: '/account/phones/add',
  preferred_username: '/account/usernames/add',
};
/** Claims whose text is stored as typed, except for spaces and Unicode's composed form. */
const PLAIN = /^(?:name|given_name|middle_name|family_name|nickname|gender|own_text|label)$/;

interface Field {
  /** Its name in messages. */
  readonly name: string;
  readonly claim: string;
  /** The body of an API call with the text. */
  readonly body: (text: unknown) => object;
  /** The fields of a form with the text. */
  readonly form: (text: string) => Readonly<Record<string, string>>;
}

interface Stored {
  readonly id: string;
  readonly value: unknown;
}

const valueField = (claim: string): Field => ({
  name: claim,
  claim,
  body: (value) => ({ claim, value }),
  form: (value) => ({ value }),
});
const memberField = (member: string): Field => ({
  name: `address.${member}`,
  claim: 'address',
  body: (text) => ({ claim: 'address', value: { [member]: text } }),
  form: (text) => ({ [member === 'formatted' ? 'street_address' : member]: text }),
});
const FIELDS: readonly Field[] = [
  ...STANDARD.split(' ').map(valueField),
  ...CUSTOM.map((kind) => valueField(`own_${kind}`)),
  ...MEMBERS.map(memberField),
  {
    name: 'label',
    claim: 'own_text',
    body: (label) => ({ claim: 'own_text', value: 'harmless', label }),
    form: (label) => ({ value: 'harmless', label }),
  },
];

describe('Hostile values', function () {
  this.timeout(120_000);
  const texts = hostileTexts();
  let server: TestServer;
  let ana: TestPerson;
  let visitor: Visitor;

  before(async () => {
    server = await startTestServer({ config: { rateLimits: { isOn: false, multiplier: 1 } } });
    const { accountId: actorId } = await createPerson(server.connected, { isAdministrator: true });
    for (const kind of CUSTOM) {
      const words = { en: `Own ${kind}`, ru: `Своё: ${kind}` };
      const choices = [{ value: 'a', title: words }];
      await server.connected.scopes.defineClaim({
        actorId,
        name: `own_${kind}`,
        kind,
        isMultiple: true,
        rules: kind === 'choice' ? { choices } : {},
        title: words,
        description: words,
        sensitivity: 'low',
      });
    }
    await waitFor('the claims are known', async () =>
      (await server.connected.scopes.claims()).live.some(({ name }) => name === 'own_choice'),
    );
    ana = await createPerson(server.connected);
    visitor = await signedInVisitor(server.url, ana);
  });
  after(() => server?.stop());

  const listStored = async (claim: string): Promise<readonly Stored[]> => {
    const all = await server.connected.vault.listAttributes(ana.accountId);
    return all.filter((stored) => stored.claim === claim && !stored.isVerified);
  };

  let stored = 0;
  /** Counts a stored value. Enough of them are checked and removed. Values under a label are all the same, so each is removed at once. */
  async function count({ name, claim }: Field): Promise<void> {
    stored += 1;
    const definition = (await server.connected.scopes.claims()).find(claim);
    const most = definition?.isMultiple === true && name !== 'label' ? STORED_AT_ONCE : 1;
    if (stored >= most) await checkAndRemove(claim);
  }

  /** Checks the stored values on the page of their owner, then removes them. */
  async function checkAndRemove(claim: string): Promise<void> {
    stored = 0;
    const values = await listStored(claim);
    if (values.length === 0) return;
    const page = await visitor.get('/account');
    expect(page.status).to.equal(200);
    expectHarmless(page.body);
    const seen = new Set(
      seeElements(page.body)
        .filter(({ isIsolated }) => isIsolated)
        .map(({ text }) => text),
    );
    for (const { id, value } of values) {
      if (
        typeof value === 'string' &&
        !/^(?:own_(?:choice|date)|birthdate|locale|zoneinfo)$/.test(claim)
      ) {
        const shown = claim === 'phone_number' ? describePhone(value).text : value;
        expect(seen.has(shown), `shown and isolated: ${JSON.stringify(value)}`).to.equal(true);
      }
      await server.connected.vault.removeAttribute({ accountId: ana.accountId, attributeId: id });
    }
  }

  it('number more than a hundred', () => {
    expect(texts.length).to.be.greaterThan(100);
  });

  for (const field of FIELDS) {
    it(`${field.name}: the API stores each exactly, or refuses it at the field`, async () => {
      for (const text of texts) {
        const answer = await callApi(
          visitor,
          'POST',
          `${server.url}/api/v1/account/attributes`,
          field.body(text),
        );
        const body = (await answer.json()) as Refusal & { value?: unknown; label?: unknown };
        const tried = `${field.name} ${JSON.stringify(text.slice(0, 60))}`;
        if (answer.status === 201) {
          const back = field.name === 'label' ? body.label : body.value;
          expectExact({ field, text, back, tried });
        } else {
          expectRefused(answer.status, body, tried);
        }
        if (answer.status === 201) await count(field);
      }
      await checkAndRemove(field.claim);
    });

    it(`${field.name}: the form stores each exactly, or refuses it and shows the typed text`, async () => {
      const path = PAGES[field.claim] ?? `/account/values/add/${field.claim}`;
      const { document, text: shown } = await visitor.get(path);
      const csrf = document.querySelector('form.form input[name=_csrf]')?.getAttribute('value');
      expect(csrf, shown).to.be.a('string');
      for (const text of texts) {
        const sent = new URLSearchParams({
          _csrf: csrf ?? '',
          ...field.form(text),
        });
        const answer = await visitor.request(`${server.url}${path}`, {
          method: 'POST',
          headers: { origin: server.url, 'sec-fetch-site': 'same-origin' },
          body: sent,
        });
        const page = await answer.text();
        const tried = `${field.name} ${JSON.stringify(text.slice(0, 60))}`;
        expect(answer.status, tried).to.be.oneOf([303, 302, 400, 413, 422, 409]);
        if (answer.status >= 400) expectHarmless(page);
        if (answer.status === 422) expectTypedAgain({ field, text, page, tried });
        if (answer.status < 400) await count(field);
      }
      await checkAndRemove(field.claim);
    });
  }

  it('of other types than text are refused at the field', async () => {
    const values = ODD_VALUES;
    for (const field of FIELDS) {
      for (const value of values) {
        const body = JSON.stringify(field.body('@@')).replace('"@@"', value);
        const answer = await visitor.request(`${server.url}/api/v1/account/attributes`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            origin: server.url,
            'sec-fetch-site': 'same-origin',
          },
          body,
        });
        const tried = `${field.name} ${value.slice(0, 60)}`;
        const refusal = (await answer.json()) as Refusal;
        if (answer.status !== 201) expectRefused(answer.status, refusal, tried);
        if (answer.status === 201) await checkAndRemove(field.claim);
      }
    }
  });
});

/** As JSON text: some of them cannot be written with `JSON.stringify`. */
const ODD_VALUES = [
  'null',
  'true',
  '0',
  '-0',
  '1e308',
  '1e400',
  '-1e-400',
  '123456789012345678901234567890',
  '0.1000000000000000055511151231257827',
  '[]',
  '["x"]',
  '{}',
  '{"__proto__":{"formatted":"x"}}',
  '{"constructor":{"prototype":{"x":1}}}',
  '{"formatted":{"formatted":"x"}}',
  '{"toString":"x"}',
  '{"length":1,"0":"x"}',
  String.raw`"\ud800"`,
  String.raw`"\udc00\ud800"`,
  String.raw`"\u0000"`,
  '['.repeat(2_000) + ']'.repeat(2_000),
  '{"a":'.repeat(2_000) + '1' + '}'.repeat(2_000),
];

interface Refusal {
  readonly code?: string;
  readonly fields?: Readonly<Record<string, string>>;
}

function expectRefused(status: number, body: Refusal, tried: string): void {
  expect(status, `${tried}: ${JSON.stringify(body).slice(0, 200)}`).to.be.oneOf([400, 409, 413]);
  // A body with a NUL or a lone surrogate in it, or one that is too large, is refused before its fields are known.
  if (body.code === 'text_invalid' || body.code === 'body_too_large') return;
  expect(Object.keys(body.fields ?? {}), `${tried}: ${String(body.code)}`).not.to.be.empty;
}

function expectExact(sent: { field: Field; text: string; back: unknown; tried: string }): void {
  const { field, text, back, tried } = sent;
  if (field.name === 'label' && text.trim() === '')
    return expect(back, tried).to.equal(null) as never;
  if (!PLAIN.test(field.name)) return;
  const plain = text
    .normalize('NFC')
    .replace(/[\p{Zs}\t]+/gu, ' ')
    .trim();
  expect(back, tried).to.equal(plain);
}

/** The page shows the error, and the field contains the typed text, character by character. */
function expectTypedAgain(sent: { field: Field; text: string; page: string; tried: string }): void {
  const { field, text, page, tried } = sent;
  expect(page, tried).to.match(/-error"|class="banner/);
  for (const [name, typed] of Object.entries(field.form(text))) {
    const input = seeElements(page).find(
      ({ tag, attributes }) => tag === 'input' && attributes['name'] === name,
    );
    // A form cannot contain a lone surrogate, and in a page a line ends with a line feed.
    if (input !== undefined) {
      expect(input.attributes['value'] ?? '', tried).to.equal(
        typed.toWellFormed().replaceAll(/\r\n?/g, '\n'),
      );
    }
  }
}

function expectHarmless(html: string): void {
  expect(foreignParts(html)).to.deep.equal([]);
}
