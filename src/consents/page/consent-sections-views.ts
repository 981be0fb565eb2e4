import type { PageText } from '../../receipts/http.ts';
import { isPaused } from '../entitlement.ts';
import type { ConsentItemView, PermissionView } from './consent-item-views.ts';
import type { ConsentPrompt, PromptItem } from './consent-prompt.ts';

/** The claims and permissions to decide about now, and the earlier decisions when only a part is new. */
export interface ConsentEntries {
  readonly items: readonly ConsentItemView[];
  readonly permissions: readonly PermissionView[];
  readonly earlierItems: readonly ConsentItemView[];
  readonly earlierPermissions: readonly PermissionView[];
}

/**
 * The state of things that the page names in its title. `first`: the app is not connected; `sign_in`: it requests nothing of the
 * profile; `changed`: a connected app requests something new; `renewed`: a value that it needs is no longer shared; `again`: it
 * requests nothing new; `paused`.
 */
export type ConsentOccasion = 'first' | 'sign_in' | 'changed' | 'renewed' | 'again' | 'paused';

/** The occasion of the page. */
export function occasionOf(prompt: ConsentPrompt): ConsentOccasion {
  const entries = [...prompt.items, ...prompt.permissions];
  if (isPaused(prompt)) return 'paused';
  if (prompt.isChange) {
    const isOver = ({ changes }: PromptItem) => changes.every((change) => change === 'over');
    const news = prompt.items.filter(({ isNew }) => isNew);
    if (prompt.permissions.some(({ isNew }) => isNew) || !news.every(isOver)) return 'changed';
    return news.length > 0 ? 'renewed' : 'again';
  }
  return entries.length === 0 ? 'sign_in' : 'first';
}

/** The parts of the consent page in its order, with the sentences that its receipt repeats; a part without entries is null. */
export function presentSections(
  text: PageText,
  prompt: ConsentPrompt,
  entries: ConsentEntries & { readonly redirectHost: string },
) {
  const { say, quote } = text;
  const { permissions, earlierItems, earlierPermissions, redirectHost } = entries;
  const { app, risk, dropped, notShared, isOffline } = prompt;
  const occasion = occasionOf(prompt);
  const items = newFirst(entries.items);
  const isFolded = ({ isEssential, missing }: ConsentItemView) => !isEssential && missing !== null;
  const additions = items.filter((item) => isFolded(item) && item.missing?.by !== 'nothing');
  const unavailable = items.filter((item) => isFolded(item) && item.missing?.by === 'nothing');
  const present = (item: ConsentItemView) => ({ ...item, ...presentSentences(text, item) });
  return {
    title: say('heading', `consents:consent.title.${occasion}`),
    notChecked: app.isVerified ? null : say('note', 'consents:consent.notChecked'),
    caution:
      risk === null
        ? null
        : say('note', `consents:consent.risk.${risk}`, {
            host: redirectHost,
            home: app.clientUri === null ? '' : new URL(app.clientUri).host,
          }),
    onlySignIn: occasion === 'sign_in' ? say('note', 'consents:consent.onlySignIn') : null,
    items: items.filter((item) => !isFolded(item)).map(present),
    permissions: permissions.map((permission) => presentPermissionText(text, permission)),
    additions: section(additions, () => ({
      heading: say('note', 'consents:consent.additions.title'),
      note: say('note', 'consents:consent.additions.note'),
      items: additions.map(present),
    })),
    unavailable: section(unavailable, () => ({
      note: say('note', 'consents:consent.unavailable'),
      titles: unavailable.map(({ title }) => quote('item', title)),
    })),
    dropped: section(dropped, () => ({
      heading: say('note', 'consents:consent.dropped'),
      titles: dropped.map((title) => quote('item', title)),
    })),
    earlier: section([...earlierItems, ...earlierPermissions], () => ({
      heading: say('note', 'consents:consent.earlier'),
      items: earlierItems.map((item) => ({ ...item, title: quote('item', item.title) })),
      permissions: earlierPermissions.map((permission) => ({
        ...permission,
        title: quote('permission', permission.title),
      })),
    })),
    offline: isOffline ? say('note', 'consents:consent.offline') : null,
    notShared: section(notShared, () => ({
      note: say('note', 'consents:consent.notShared.title'),
      names: notShared.map((name) => say('note', `consents:consent.notShared.${name}`)),
    })),
  };
}

function section<T>(entries: readonly unknown[], present: () => T): T | null {
  return entries.length === 0 ? null : present();
}

/** Requests that a connected app had not made before stand on top. */
function newFirst(items: readonly ConsentItemView[]): readonly ConsentItemView[] {
  return items.toSorted((one, other) => Number(other.isNew) - Number(one.isNew));
}

/** The sentences about one claim: its name, why the app wants it, and what has changed. */
function presentSentences({ say, quote }: PageText, item: ConsentItemView) {
  const { title, purpose, within, earlierPurpose, changes, isEssential, isSensitive } = item;
  // With the earlier purpose beside the new one, no sentence has to state that it changed.
  const stated = changes.filter((change) => change !== 'new' && change !== 'purpose');
  const isRepeated = changes.includes('purpose') && earlierPurpose === null;
  return {
    title: quote('item', title),
    needed: isEssential ? say('note', 'consents:consent.needed') : null,
    sensitive: isSensitive ? say('note', 'consents:consent.sensitive') : null,
    purpose: purpose === null ? null : quote('purpose', purpose),
    earlierPurpose:
      earlierPurpose === null
        ? null
        : say('note', 'consents:consent.earlierPurpose', { purpose: earlierPurpose }),
    within: within === null ? null : say('note', 'consents:consent.within', within),
    notes: [...stated, ...(isRepeated ? (['purpose'] as const) : [])].map((change) =>
      say('note', `consents:consent.change.${change}`),
    ),
  };
}

function presentPermissionText({ say, quote }: PageText, permission: PermissionView) {
  const { title, description, sensitivity } = permission;
  return {
    ...permission,
    title: quote('permission', title),
    description: description === '' ? '' : quote('note', description),
    sensitive: sensitivity === 'high' ? say('note', 'consents:consent.sensitive') : null,
  };
}
