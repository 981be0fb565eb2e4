import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';
import ts from 'typescript';

import {
  ADDRESS_CLAIMS,
  buildClaimCatalogue,
  CLAIM_DEFINITIONS,
  decidingClaim,
  isProtocolClaim,
  isStandardClaim,
  withCompanions,
} from '../../src/scopes/index.ts';
import { STANDARD_DATA_SCOPES } from '../../src/scopes/standard-scopes.ts';
import { standardEntries } from '../support/translations.ts';

const REGISTRY = 'scopes/claims/claim-registry.ts';
const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** Lists of names of standard claims outside the registry, as `slice: names`, each with its reason. */
const EXCUSED: Readonly<Record<string, string>> = {
  'clients: profile email': 'scopes, which have the names of claims',
  'cli: email_verified phone_number': 'an example in a help text',
  'oidc: auth_time email_verified': 'members of the answer to a gateway',
  'oidc: email email_verified name': 'the contact that a gateway may be given',
  'consents: email phone_number picture': 'claims that are added on a page of their own',
  'consents: profile email': 'scopes of the app in the design guide',
  'tokens: profile email address': 'scopes, numbered for a stored format',
  'vault: nickname phone_number birthdate': 'kinds of values, which have the names of claims',
  'vault: phone_number preferred_username': 'claims whose values are added on pages of their own',
};

/** Names that are no ordinary words, so that they are found in object keys and in texts too. */
const UNMISTAKABLE = /_|^(?:birthdate|zoneinfo|nickname)$/;

/** Every list in a source text that names at least two standard claims, as their names. */
function claimLists(text: string): string[] {
  const source = ts.createSourceFile('scanned.ts', text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const names = new Set(namesIn(node).filter(isStandardClaim));
    if (names.size > 1) found.push([...names].join(' '));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function namesIn(node: ts.Node): string[] {
  if (ts.isArrayLiteralExpression(node)) {
    return node.elements.flatMap((element) => (ts.isStringLiteral(element) ? element.text : []));
  }
  if (ts.isObjectLiteralExpression(node)) {
    const names = node.properties.map((property) => property.name?.getText().replaceAll("'", ''));
    return names.filter((name) => name !== undefined && UNMISTAKABLE.test(name)) as string[];
  }
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) {
    return node.text.split(/\W+/).filter((word) => UNMISTAKABLE.test(word));
  }
  return [];
}

describe('the registry of claims', () => {
  it('is the only place that lists claims of OpenID Connect', () => {
    const files = fs
      .readdirSync(SRC, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('-sample.ts'));
    expect(files.length).to.be.at.least(400);
    const lists = files
      .filter((file) => file !== REGISTRY)
      .flatMap((file) =>
        claimLists(fs.readFileSync(path.join(SRC, file), 'utf8')).map(
          (names) => `${file.split('/')[0] ?? ''}: ${names}`,
        ),
      );
    expect([...new Set(lists)].toSorted()).to.deep.equal(Object.keys(EXCUSED).toSorted());
  });

  it('is enforced: the scan finds a list, a table and a text', () => {
    const breaches = [
      `const list = new Set(['email', 'name']);`,
      `const companions = { email_verified: 'email', phone_number_verified: 'phone_number' };`,
      'const names = `iss auth_time family_name`;',
    ];
    for (const breach of breaches) expect(claimLists(breach), breach).to.have.length(1);
    expect(claimLists(`const one = ['email']; const form = { email: 1, name: 2 };`)).to.deep.equal(
      [],
    );
  });

  it('gives every claim exactly one standard scope, or none when the protocol answers it', () => {
    const covered = STANDARD_DATA_SCOPES.flatMap(({ claims }) => claims);
    expect(covered.length).to.equal(new Set(covered).size);
    const kept = CLAIM_DEFINITIONS.map(({ name }) => name);
    expect(covered).to.have.members([...withCompanions(kept), 'sub', 'updated_at']);
    expect(['iss', 'sid', 'acr', 'amr', 'auth_time', 'sub'].every(isProtocolClaim)).to.equal(true);
    expect(covered.filter(isProtocolClaim)).to.deep.equal(['sub']);
  });

  it('lists the claims whose values are proven by a code', () => {
    const verifiable = CLAIM_DEFINITIONS.filter(({ isVerifiable }) => isVerifiable);
    expect(ADDRESS_CLAIMS).to.have.members(verifiable.map(({ name }) => name));
  });

  it('names the claim that decides: companions follow theirs, protocol claims need no decision', () => {
    expect(decidingClaim('email_verified')).to.equal('email');
    expect(decidingClaim('email')).to.equal('email');
    expect(decidingClaim('updated_at')).to.equal(null);
    expect(decidingClaim('sid')).to.equal(null);
    expect(decidingClaim('shoe_size')).to.equal('shoe_size');
    for (const name of ['constructor', 'toString', '__proto__']) {
      expect(decidingClaim(name)).to.equal(name);
      expect(isStandardClaim(name)).to.equal(false);
    }
  });

  it('includes the claims of an installation, except those with a standard name', () => {
    const words = { en: 'x', ru: 'x' };
    const custom = {
      name: 'shoe_size',
      kind: 'number',
      isMultiple: false,
      rules: {},
      title: words,
      description: words,
      sensitivity: 'low',
      retiredAt: null,
      retiredBy: null,
    } as const;
    const catalogue = buildClaimCatalogue(
      [custom, { ...custom, name: 'email_verified' }, { ...custom, name: 'amr' }],
      standardEntries,
    );
    expect(catalogue.custom.map(({ name }) => name)).to.deep.equal(['shoe_size']);
    expect(catalogue.live.at(-1)?.name).to.equal('shoe_size');
    expect(catalogue.find('email_verified')).to.equal(undefined);
  });
});
