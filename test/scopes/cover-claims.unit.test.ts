import { expect } from 'chai';
import fc from 'fast-check';

import { coverClaims, type Catalogue, type DataScope } from '../../src/scopes/index.ts';

type Scopes = Readonly<Record<string, readonly string[]>>;

/** A catalogue of these data scopes. */
function catalogueOf(scopes: Scopes): Pick<Catalogue, 'dataScopes' | 'permittedClaims'> {
  return {
    dataScopes: Object.keys(scopes).map((name) => ({ name }) as DataScope),
    permittedClaims: (names) => [...new Set([...names].flatMap((name) => scopes[name] ?? []))],
  };
}

const STANDARD: Scopes = {
  openid: [],
  profile: ['name', 'nickname', 'birthdate'],
  email: ['email'],
  offline_access: [],
};

const CLAIMS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const anyScopes = fc.dictionary(
  fc.constantFrom('s1', 's2', 's3', 's4', 's5', 's6', 's7', 's8'),
  fc.uniqueArray(fc.constantFrom(...CLAIMS)),
);
const anyClaims = fc.uniqueArray(fc.constantFrom(...CLAIMS));

/** Every set of the names, the smallest first. */
function subsetsOf(names: readonly string[]): string[][] {
  const all = Array.from({ length: 2 ** names.length }, (_, bits) =>
    names.filter((_name, place) => Math.floor(bits / 2 ** place) % 2 === 1),
  );
  return all.toSorted((one, other) => one.length - other.length);
}

describe('The scopes that follow from claims', () => {
  it('are those that contain the claims', () => {
    const catalogue = catalogueOf(STANDARD);
    expect(coverClaims([], catalogue)).to.deep.equal([]);
    expect(coverClaims(['email'], catalogue)).to.deep.equal(['email']);
    expect(coverClaims(['email', 'nickname'], catalogue)).to.deep.equal(['profile', 'email']);
  });

  it('ignore a claim that no scope contains', () => {
    expect(coverClaims(['email', 'shoe_size'], catalogueOf(STANDARD))).to.deep.equal(['email']);
  });

  it('are as few as possible, and of equally few those with the fewest other claims', () => {
    const catalogue = catalogueOf({ wide: ['a', 'b', 'c'], a: ['a'], b: ['b'], pair: ['a', 'b'] });
    expect(coverClaims(['a', 'b'], catalogue)).to.deep.equal(['pair']);
    expect(coverClaims(['a'], catalogue)).to.deep.equal(['a']);
  });

  it('include a scope that the app has while one of its claims is wanted', () => {
    const catalogue = catalogueOf({ ...STANDARD, customer: ['email', 'name'] });
    expect(coverClaims(['email'], catalogue, ['customer'])).to.deep.equal(['customer']);
    expect(coverClaims(['nickname'], catalogue, ['customer'])).to.deep.equal(['profile']);
  });

  it('contain exactly the wanted claims that can be requested, for any catalogue and choice', () => {
    fc.assert(
      fc.property(anyScopes, anyClaims, (scopes, claims) => {
        const catalogue = catalogueOf(scopes);
        const chosen = coverClaims(claims, catalogue);
        const reachable = catalogue.permittedClaims(Object.keys(scopes));
        const wanted = claims.filter((claim) => reachable.includes(claim));
        expect(catalogue.permittedClaims(chosen)).to.include.members(wanted);
        for (const scope of chosen)
          expect((scopes[scope] ?? []).some((claim) => wanted.includes(claim))).to.equal(true);
        const smallest = subsetsOf(Object.keys(scopes)).find((names) =>
          wanted.every((claim) => catalogue.permittedClaims(names).includes(claim)),
        );
        expect(chosen.length).to.equal(smallest?.length);
      }),
    );
  });

  it('keep no scope without a wanted claim, and lose none with one', () => {
    fc.assert(
      fc.property(anyScopes, anyClaims, anyClaims, (scopes, claims, earlier) => {
        const catalogue = catalogueOf(scopes);
        const current = coverClaims(earlier, catalogue);
        const chosen = coverClaims(claims, catalogue, current);
        const isWanted = (scope: string) =>
          (scopes[scope] ?? []).some((claim) => claims.includes(claim));
        expect(chosen).to.include.members(current.filter(isWanted));
        expect(chosen.every(isWanted)).to.equal(true);
        expect(coverClaims(claims, catalogue, chosen)).to.deep.equal(chosen);
      }),
    );
  });

  it('are found soon in a catalogue in which everything overlaps', () => {
    const claims = Array.from({ length: 40 }, (_, index) => `c${String(index)}`);
    const scopes = Array.from({ length: 120 }, (_, index) => [
      `s${String(index)}`,
      claims.filter((_claim, place) => (index * 7 + place * place) % 5 === 0),
    ]);
    const catalogue = catalogueOf(Object.fromEntries(scopes) as Scopes);
    const chosen = coverClaims(claims, catalogue);
    const reachable = catalogue.permittedClaims(catalogue.dataScopes.map(({ name }) => name));
    expect(catalogue.permittedClaims(chosen)).to.have.members([...reachable]);
  });
});
