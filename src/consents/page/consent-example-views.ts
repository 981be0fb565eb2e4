import type { Client } from '../../clients/index.ts';
import { part, type RenderedPart } from '../../http/pages/part.ts';
import type { HttpKit } from '../../http/http-kit.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Reader } from '../../receipts/http.ts';
import { type ClaimDefinition, type ClaimKind, isStandardClaim } from '../../scopes/index.ts';
import type { Attribute, AttributeValue } from '../../vault/index.ts';
import type { Consents } from '../index.ts';
import { presentConsent, type ConsentPageModel } from './consent-views.ts';

interface ExampleModel extends ConsentPageModel {
  /** The page has no working controls. */
  readonly isExample: true;
}

const consentExample = part<ExampleModel>('consents/example.njk');

export interface ConsentExampleDeps {
  readonly consents: Pick<Consents, 'describeExample'>;
  readonly templates: Pick<HttpKit['templates'], 'renderPart'>;
  readonly words: Reader['words'];
  readonly clock: Clock;
}

/** The id of every value of the invented person; no stored value has it. */
const EXAMPLE_ID = 'example';
const A_DATE = '1990-05-20';

/**
 * Creates the function that renders the consent page of an app for its developer, in any language: with the values of an invented person, and
 * without a control that works. It changes nothing and records nothing.
 */
export function createConsentExample(deps: ConsentExampleDeps) {
  return async (client: Client, locale: string): Promise<RenderedPart> => {
    const model = await exampleModel(deps, client, locale);
    const now = deps.clock.now();
    const picture = { ...model, isExample: true } as const;
    return deps.templates.renderPart(consentExample, picture, { locale, now });
  };
}

/** The consent page of this app for an invented person. */
export async function exampleModel(
  { consents, words, clock }: Omit<ConsentExampleDeps, 'templates'>,
  client: Client,
  locale: string,
): Promise<ConsentPageModel> {
  const reader = { words, locale };
  const attributesOf = (claims: readonly ClaimDefinition[]) =>
    claims.map((claim) => toAttribute(claim, exampleValue(claim, reader), clock.now()));
  const prompt = await consents.describeExample({ client, locale, attributesOf });
  const signedInAs = sample(reader, 'email');
  const place = {
    action: '',
    switchHref: '',
    redirectHost: hostOf(client.redirectUris[0]),
    hasSms: true,
  };
  const { model } = presentConsent({ ...prompt, signedInAs, picture: null }, place, reader);
  return model;
}

function sample({ words, locale }: Reader, name: string): string {
  return words.translate({ locale, namespace: 'consents', key: `example.values.${name}` });
}

/** A value of the invented person, in the language of the page. */
function exampleValue({ name, kind, rules }: ClaimDefinition, reader: Reader): AttributeValue {
  const byKind: Partial<Record<ClaimKind, AttributeValue>> = {
    address: { formatted: sample(reader, 'address') },
    birthdate: A_DATE,
    date: rules.earliest ?? rules.latest ?? A_DATE,
    boolean: true,
    number: rules.min ?? rules.max ?? 1,
    choice: rules.choices?.[0]?.value ?? '',
    picture: EXAMPLE_ID,
  };
  return byKind[kind] ?? sample(reader, isStandardClaim(name) ? name : kind);
}

function toAttribute({ name }: ClaimDefinition, value: AttributeValue, now: Date): Attribute {
  return {
    id: EXAMPLE_ID,
    claim: name,
    label: null,
    value,
    isVerified: true,
    verifiedAt: now,
    isDefault: true,
    createdAt: now,
    updatedAt: now,
  };
}

function hostOf(uri: string | undefined): string {
  const url = URL.parse(uri ?? '');
  if (url === null) return '';
  return url.host === '' ? url.protocol.replace(/:$/, '') : url.host;
}
