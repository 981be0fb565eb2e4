import { createPasswordHasher } from '../../../src/authentication/index.ts';
import type { Connected } from '../../../src/server/services.ts';
import type { AttributeValue } from '../../../src/vault/index.ts';
import { isAtApp } from './third-party-app.ts';
import { createVisitor, type Visitor, type VisitorOptions } from './visitor.ts';

/** A password that is long enough as the only factor. */
export const PASSWORD = 'violet anchor mends the slow clock';

/** A person with an account and their credentials. */
export interface TestPerson {
  readonly accountId: string;
  readonly email: string;
  readonly password: string;
  /** Ids of the given values by claim, in their order. */
  readonly attributeIds: Readonly<Record<string, readonly string[]>>;
}

export interface PersonSettings {
  readonly email?: string;
  /** Further values by claim; e-mails and phones are verified. */
  readonly values?: Readonly<Record<string, readonly AttributeValue[]>>;
  readonly isAdministrator?: boolean;
}

let counter = 0;
let hash: Promise<string> | undefined;

/** The hash of {@link PASSWORD}. All people of a process share it, because making one takes a processor for 30 ms. */
function passwordHash(): Promise<string> {
  hash ??= createPasswordHasher().hash(PASSWORD);
  return hash;
}

/** Creates an active account with the real use cases, without the mailed code. */
export async function createPerson(
  { db, accounts, vault, authentication }: Connected,
  settings: PersonSettings = {},
): Promise<TestPerson> {
  counter += 1;
  const email = settings.email ?? `person${String(counter)}@example.org`;
  const values = { ...settings.values, email: [email, ...(settings.values?.['email'] ?? [])] };
  return db.transaction(async (tx) => {
    const { id: accountId } = await accounts.create(tx, { status: 'active', locale: 'en' });
    await vault.createKey(tx, accountId);
    const attributeIds: Record<string, string[]> = {};
    for (const [claim, all] of Object.entries(values)) {
      for (const value of all) {
        const attribute = await vault.addAttributeIn(tx, { accountId, claim, value });
        (attributeIds[claim] ??= []).push(attribute.id);
        if ((claim === 'email' || claim === 'phone_number') && typeof value === 'string') {
          await vault.markVerified(tx, { accountId, attributeId: attribute.id, value });
        }
      }
    }
    await authentication.importPasswords(tx, [{ accountId, hash: await passwordHash() }]);
    if (settings.isAdministrator === true) {
      await accounts.setAdministrator(tx, { accountId, isAdministrator: true });
    }
    return { accountId, email, password: PASSWORD, attributeIds };
  });
}

/** A browser without JavaScript that does not follow redirects to third-party apps. */
export function visitorAt(serverUrl: string, options: VisitorOptions = {}): Visitor {
  return createVisitor({ baseUrl: serverUrl, stopAt: isAtApp, ...options });
}

/** Fills in and submits the current sign-in page. */
export async function signIn(visitor: Visitor, person: TestPerson): Promise<void> {
  await visitor.submitForm('form[action$="/sign-in"]', {
    identifier: person.email,
    password: person.password,
  });
}
