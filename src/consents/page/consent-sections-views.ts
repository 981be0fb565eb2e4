import type { PageText } from '../../receipts/http.ts';
import { isPaused } from '../entitlement.ts';
import type { ConsentPrompt } from './consent-prompt.ts';
import type { ConsentItemView, PermissionView } from './consent-item-views.ts';

/** The claims and permissions to decide about now, and the earlier decisions when only a part is new. */
interface ConsentEntries {
  readonly items: readonly ConsentItemView[];
  readonly permissions: readonly PermissionView[];
  readonly earlierItems: readonly ConsentItemView[];
  readonly earlierPermissions: readonly PermissionView[];
  readonly isChange: boolean;
}

/** The sections of the consent page in its order, with the sentences that its receipt repeats; a section without entries is null. */
export function presentSections(
  text: PageText,
  prompt: Pick<
    ConsentPrompt,
    'app' | 'dropped' | 'notShared' | 'isOffline' | 'canKeep' | 'suspendedAt'
  >,
  entries: ConsentEntries,
) {
  const { say, quote } = text;
  const { items, permissions, earlierItems, earlierPermissions, isChange } = entries;
  const { app, dropped, notShared, isOffline, canKeep } = prompt;
  const wording = isChange ? 'new' : 'title';
  const claims = (kind: 'needed' | 'optional', note: string) => {
    const ofKind = items.filter(({ isEssential }) => isEssential === (kind === 'needed'));
    return section(ofKind, () => ({
      heading: say('heading', `consents:consent.${kind}.${wording}`),
      note: say('note', `consents:consent.${kind}.${note}`),
      items: ofKind.map((item) => ({ ...item, ...presentSentences(text, item) })),
    }));
  };
  const all = [...items, ...permissions, ...earlierItems, ...earlierPermissions];
  return {
    unverified: app.isVerified ? null : say('note', 'consents:consent.unverified.title'),
    title: say('heading', `consents:consent.${isChange ? 'changed' : 'title'}`),
    paused: isPaused(prompt) ? say('note', 'consents:consent.paused.title') : null,
    onlySignIn: all.length === 0 ? say('note', 'consents:consent.onlySignIn') : null,
    needed: claims('needed', isChange && canKeep ? 'textNew' : 'text'),
    optional: claims('optional', 'text'),
    permissions: section(permissions, () => ({
      heading: say('heading', `consents:consent.permissions.${wording}`),
      permissions: permissions.map(({ title, description, ...permission }) => ({
        ...permission,
        title: quote('permission', title),
        description: description === '' ? '' : quote('note', description),
      })),
    })),
    dropped: section(dropped, () => ({
      heading: say('heading', 'consents:consent.dropped.title'),
      titles: dropped.map((title) => quote('note', title)),
    })),
    earlier: section(isChange ? [...earlierItems, ...earlierPermissions] : [], () => ({
      heading: say('heading', 'consents:consent.earlier'),
      items: earlierItems.map((item) => ({ ...item, title: quote('item', item.title) })),
      permissions: earlierPermissions.map((permission) => ({
        ...permission,
        title: quote('permission', permission.title),
      })),
    })),
    offline: isOffline ? say('note', 'consents:consent.offline') : null,
    notShared: section(notShared, () => ({
      heading: say('heading', 'consents:consent.notShared.title'),
      notes: notShared.map((name) => say('note', `consents:consent.notShared.${name}`)),
    })),
  };
}

function section<T>(entries: readonly unknown[], present: () => T): T | null {
  return entries.length === 0 ? null : present();
}

/** The sentences about one claim: its name, why the app wants it, and what has changed. */
function presentSentences({ say }: PageText, item: ConsentItemView) {
  const { claim, title, choices, purpose, within, earlierPurpose } = item;
  const name = `consents:claim.${claim}`;
  const names = [`${name}${choices.length > 1 ? '_many' : '_one'}`, name, 'consents:claim.other'];
  return {
    sentence: say('item', names, { title }),
    purpose: purpose === null ? null : say('purpose', 'consents:consent.purpose', { purpose }),
    within: within === null ? null : say('note', 'consents:consent.within', within),
    earlierPurpose:
      earlierPurpose === null
        ? null
        : say('note', 'consents:consent.earlierPurpose', { purpose: earlierPurpose }),
  };
}
