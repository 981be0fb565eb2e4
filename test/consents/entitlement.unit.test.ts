import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';
import ts from 'typescript';

import {
  allowedScopes,
  claimState,
  effectiveClaims,
  effectiveOwnScopes,
  firstEssentialExpiry,
  isPictureFetchable,
  sharedClaims,
  type ClaimState,
  type EntitlementInput,
} from '../../src/consents/entitlement.ts';
import type { Consent } from '../../src/consents/index.ts';
import { catalogue, clientWith, consentWith, item, NOW, request } from './example-consent.ts';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));
const LATER = new Date(NOW.getTime() + 1);

/** The slices that use consents. */
const SLICES = /^(?:consents|claims|receipts|connected-apps|activity|exports|oidc|interactions)\//;
/** Where `expiresAt` is a member of a decision; elsewhere it belongs to tokens, cookies and files. */
const OF_DECISIONS = /^(?:consents|claims|connected-apps|activity)\//;

/** Files that may compare the fields of a consent, each with its reason. */
const EXCUSED: Readonly<Record<string, string>> = {
  'consents/entitlement.ts': 'the rule itself',
  'receipts/consent-event.ts': 'gives the choice of the person its name',
  'receipts/receipt.ts': 'states the status of the record, and lets nothing leave',
};

/** Comparisons of the fields that decide about a release, as `line: text`. */
function comparisons(file: string, text: string): string[] {
  const fields = OF_DECISIONS.test(file)
    ? /\b(?:suspendedAt|usedAt|expiresAt)\b/
    : /\b(?:suspendedAt|usedAt)\b/;
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && COMPARING.has(node.operatorToken.kind)) {
      const compared = node.getText();
      const isOfConsent = /\bconsent\b[?.]*\.status\b/.test(compared);
      const isOfChoice = /\bdecision\b.*'(?:share|refuse)'/.test(compared);
      if (fields.test(compared) || isOfConsent || isOfChoice) {
        const { line } = source.getLineAndCharacterOfPosition(node.getStart());
        found.push(`${String(line + 1)}: ${compared}`);
        return;
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const COMPARING: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ts.SyntaxKind.LessThanToken,
  ts.SyntaxKind.LessThanEqualsToken,
  ts.SyntaxKind.GreaterThanToken,
  ts.SyntaxKind.GreaterThanEqualsToken,
]);

describe('The entitlement of an app', () => {
  it('is decided in one file: no other file compares its fields', () => {
    const files = fs
      .readdirSync(SRC, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && SLICES.test(file));
    expect(files.length).to.be.at.least(100);
    const found = files.flatMap((file) =>
      comparisons(file, fs.readFileSync(path.join(SRC, file), 'utf8')).map((text) => ({
        file,
        text,
      })),
    );
    const unexcused = found.filter(({ file }) => !(file in EXCUSED));
    expect(unexcused.map(({ file, text }) => `${file}:${text}`)).to.deep.equal([]);
    const used = new Set(found.map(({ file }) => file));
    expect(Object.keys(EXCUSED).filter((file) => !used.has(file))).to.deep.equal([]);
  });

  it('is enforced: a planted comparison is found', () => {
    const planted = [
      'if (consent.suspendedAt !== null) return;',
      `const isOn = consent.status === 'active';`,
      'const isOver = item.expiresAt !== null && now >= item.expiresAt;',
      'const isLeft = item.usedAt === null;',
      `const shared = items.filter(({ decision }) => decision === 'share');`,
    ];
    for (const text of planted) {
      expect(comparisons('claims/planted.ts', text), text).to.have.length.at.least(1);
    }
    expect(comparisons('oidc/planted.ts', 'if (token.expiresAt < now) return;')).to.deep.equal([]);
  });

  const input = (consent: Consent, changes: Partial<EntitlementInput> = {}): EntitlementInput => ({
    consent,
    client: clientWith({}),
    catalogue,
    now: NOW,
    ...changes,
  });
  const claimsOf = (given: EntitlementInput): string[] =>
    effectiveClaims(given).map(({ claim }) => claim);

  const states: readonly (readonly [ClaimState, Parameters<typeof item>[1], string])[] = [
    ['shared', {}, 'email'],
    ['shared', { expiresAt: LATER }, 'email'],
    ['expired', { expiresAt: NOW }, 'email'],
    ['spent', { duration: 'once', usedAt: NOW }, 'email'],
    ['deleted', { attributeId: null }, 'email'],
    ['refused', { decision: 'refuse', attributeId: null }, 'email'],
    ['not_asked', {}, 'phone_number'],
  ];
  for (const [state, changes, claim] of states) {
    it(`is ${state} for ${claim} with ${JSON.stringify(changes)}, and only shared values may be released`, () => {
      const decided = item(claim, changes);
      const given = input(consentWith([decided]));
      expect(claimState(decided, given)).to.equal(state);
      expect(claimsOf(given)).to.deep.equal(state === 'shared' ? [claim] : []);
    });
  }

  it('is empty without an active app, and for a consent that is paused, withdrawn, or without its essential value', () => {
    const consent = consentWith([
      item('email'),
      item('name', { isEssential: true, expiresAt: LATER }),
    ]);
    expect(claimsOf(input(consent))).to.deep.equal(['email', 'name']);
    const closed = [
      input(consent, { client: null }),
      input(consent, { client: clientWith({ status: 'suspended' }) }),
      input({ ...consent, suspendedAt: NOW }),
      input({ ...consent, status: 'withdrawn' }),
      input(consent, { now: LATER }),
    ];
    for (const given of closed) {
      expect(effectiveClaims(given)).to.deep.equal([]);
      expect([...effectiveOwnScopes(given)]).to.deep.equal([]);
    }
    expect(sharedClaims(input({ ...consent, suspendedAt: NOW }))).to.have.length(2);
    expect(allowedScopes(input({ ...consent, suspendedAt: NOW }))).to.have.length(2);
    expect(firstEssentialExpiry(consent)).to.deep.equal(LATER);
  });

  it('ignores a decision that was made before the app requested the claim again', () => {
    const client = clientWith({ requests: [{ ...request('email'), sinceVersion: 3 }] });
    const decided = (changes: Parameters<typeof item>[1]) =>
      claimsOf(input(consentWith([item('email', changes)]), { client }));
    expect(decided({ purposeVersion: 2 })).to.deep.equal([]);
    expect(decided({ purposeVersion: 3 })).to.deep.equal(['email']);
    expect(decided({ purposeVersion: 2, keptVersion: 3 })).to.deep.equal(['email']);
  });

  it('has no permission that the app may not use any more, that was refused, or that is of another API', () => {
    const allow = { resource: null, decision: 'allow' } as const;
    const own = (scope: string) => ({ ...allow, scope });
    const client = clientWith({ scopes: ['account:read', 'openid', 'orders:read', 'gone'] });
    const namesOf = (scopes: Consent['scopes']): string[] => [
      ...effectiveOwnScopes(input(consentWith([], scopes), { client })),
    ];
    expect(namesOf([own('account:read'), own('openid')])).to.deep.equal(['account:read', 'openid']);
    const without: Consent['scopes'] = [
      { ...own('openid'), decision: 'refuse' },
      // Not registered by the app; not in the catalogue; of another API.
      own('account:write'),
      own('gone'),
      { ...own('orders:read'), resource: 'https://orders.example/api' },
    ];
    expect(namesOf([own('account:read'), ...without])).to.deep.equal(['account:read']);
    const allowed = allowedScopes(input(consentWith([], without), { client }));
    expect(allowed.map(({ scope }) => scope)).to.deep.equal(['orders:read']);
  });

  it('permits the fetch of a picture that is shared once for ten minutes after the release of its address', () => {
    const used = item('picture', { duration: 'once', usedAt: NOW });
    expect(isPictureFetchable(item('picture', { duration: 'once' }), NOW)).to.equal(false);
    expect(isPictureFetchable(used, new Date(NOW.getTime() + 599_999))).to.equal(true);
    expect(isPictureFetchable(used, new Date(NOW.getTime() + 600_000))).to.equal(false);
    expect(isPictureFetchable(item('picture'), NOW)).to.equal(true);
  });
});
