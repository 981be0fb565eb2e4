import { expect } from 'chai';

import { callApi, signedInVisitor } from '../support/console-visitor.ts';
import { foreignParts, seeElements } from '../support/browser-view.ts';
import { hostileTexts } from '../support/hostile-values.ts';
import { createPerson, type TestPerson } from '../support/people.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import type { Visitor } from '../support/visitor.ts';
import { waitFor } from '../support/wait-for.ts';

const STANDARD =
  'name given_name middle_name family_name nickname preferred_username email phone_number birthdate gender profile website zoneinfo locale';
const CUSTOM = ['text', 'number', 'boolean', 'date', 'url', 'choice'] as const;
const MEMBERS = ['street_address', 'locality', 'region', 'postal_code', 'country', 'formatted'];
/** Values that are looked at together, where a claim can have several. */
const KEPT_AT_ONCE = 10;
const PAGES: Readonly<Record<string, string>> = {
  email: '/account/emails/add',
  phone_number: '/account/phones/add',
  preferred_username: '/account/usernames/add',
};
/** Texts that are kept as they are typed, but for spaces and Unicode's composed form. */
const PLAIN = /^(?:name|given_name|middle_name|family_name|nickname|gender|own_text|label)$/;

interface Field {
  /** How it is called in messages. */
  readonly name: string;
  readonly claim: string;
  /** The body of an API call that tries the text. */
  readonly body: (text: unknown) => object;
  /** The fields of a form that tries the text. */
  readonly form: (text: string) => Readonly<Record<string, string>>;
}

interface Kept {
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
      await server.connected.vault.defineClaim({
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
    await waitFor('they are known', async () =>
      (await server.connected.vault.claims()).live.some(({ name }) => name === 'own_choice'),
    );
    ana = await createPerson(server.connected);
    visitor = await signedInVisitor(server.url, ana);
  });
  after(() => server?.stop());

  const listKept = async (claim: string): Promise<readonly Kept[]> => {
    const all = await server.connected.vault.listAttributes(ana.accountId);
    return all.filter((kept) => kept.claim === claim && !kept.isVerified);
  };

  let kept = 0;
  /** One more is kept: when there are enough, they are looked at. Values under a label are all the same, so one has to go first. */
  async function count({ name, claim }: Field): Promise<void> {
    kept += 1;
    const definition = (await server.connected.vault.claims()).find(claim);
    const most = definition?.isMultiple === true && name !== 'label' ? KEPT_AT_ONCE : 1;
    if (kept >= most) await lookAndErase(claim);
  }

  /** Looks at what is kept as its owner sees it, then makes room. */
  async function lookAndErase(claim: string): Promise<void> {
    kept = 0;
    const values = await listKept(claim);
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
        expect(seen.has(value), `shown and isolated: ${JSON.stringify(value)}`).to.equal(true);
      }
      await server.connected.vault.removeAttribute({ accountId: ana.accountId, attributeId: id });
    }
  }

  it('are more than a hundred', () => {
    expect(texts.length).to.be.greaterThan(100);
  });

  for (const field of FIELDS) {
    it(`${field.name}: by the API each is kept exactly, or refused at the field`, async () => {
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
      await lookAndErase(field.claim);
    });

    it(`${field.name}: by the form each is kept exactly, or refused with what was typed`, async () => {
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
      await lookAndErase(field.claim);
    });
  }

  it('that are no text at all are refused at the field', async () => {
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
        const told = (await answer.json()) as Refusal;
        if (answer.status !== 201) expectRefused(answer.status, told, tried);
        if (answer.status === 201) await lookAndErase(field.claim);
      }
    }
  });
});

/** As JSON text: what `JSON.stringify` could not say is among them. */
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

/** The page says what is wrong, and what was typed stands in its field, character by character. */
function expectTypedAgain(sent: { field: Field; text: string; page: string; tried: string }): void {
  const { field, text, page, tried } = sent;
  expect(page, tried).to.match(/-error"|class="banner/);
  for (const [name, typed] of Object.entries(field.form(text))) {
    const input = seeElements(page).find(
      ({ tag, attributes }) => tag === 'input' && attributes['name'] === name,
    );
    // A form cannot carry half a character, and in a page a line ends with a line feed.
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
