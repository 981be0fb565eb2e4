import { claimsOfStandardScope } from './claims/claim-registry.ts';
import type { Localized, Sensitivity } from './localized.ts';
import type { ApiScope, DataScope } from './scope.ts';

/**
 * Scopes of every installation. They are in the code, so that they cannot be missing in a database and new texts need
 * no migration.
 */
export const STANDARD_DATA_SCOPES: readonly DataScope[] = [
  data('openid', {
    sensitivity: 'low',
    title: { en: 'Sign you in', ru: 'Вход' },
    description: {
      en: 'Recognise you the next time you come back.',
      ru: 'Узнавать вас, когда вы возвращаетесь.',
    },
  }),
  data('profile', {
    sensitivity: 'medium',
    title: { en: 'Your profile', ru: 'Ваш профиль' },
    description: {
      en: 'See the parts of your profile you choose, such as your name or birthday.',
      ru: 'Видеть те части профиля, которые вы выберете: например, имя или день рождения.',
    },
  }),
  data('email', {
    sensitivity: 'medium',
    title: { en: 'Your e-mail address', ru: 'Адрес электронной почты' },
    description: {
      en: 'See the one e-mail address you choose, not your others.',
      ru: 'Видеть один адрес почты, который вы выберете, — остальные нет.',
    },
  }),
  data('phone', {
    sensitivity: 'high',
    title: { en: 'Your phone number', ru: 'Номер телефона' },
    description: {
      en: 'See the one phone number you choose, not your others.',
      ru: 'Видеть один номер телефона, который вы выберете, — остальные нет.',
    },
  }),
  data('address', {
    sensitivity: 'high',
    title: { en: 'Your postal address', ru: 'Почтовый адрес' },
    description: {
      en: 'See the one postal address you choose.',
      ru: 'Видеть один почтовый адрес, который вы выберете.',
    },
  }),
  data('offline_access', {
    sensitivity: 'medium',
    title: { en: 'Stay connected', ru: 'Оставаться на связи' },
    description: {
      en: 'Stay connected until you end it, also while you are not using the app.',
      ru: 'Сохранять доступ, пока вы его не прекратите, — даже когда вы не пользуетесь приложением.',
    },
  }),
];

/** Permissions for the API of this server. Tokens with one act for the person, so consent to them needs care. */
export const ACCOUNT_API_SCOPES: readonly ApiScope[] = [
  api('account:read', 'high', {
    title: { en: 'Read your whole account', ru: 'Чтение всего аккаунта' },
    description: {
      en: 'See everything in your account: all your details, connected apps and history.',
      ru: 'Видеть всё в вашем аккаунте: все данные, подключённые приложения и историю.',
    },
  }),
  api('account:write', 'high', {
    title: { en: 'Change your account', ru: 'Изменение аккаунта' },
    description: {
      en: 'Change your details and end the access of other apps for you.',
      ru: 'Изменять ваши данные и прекращать доступ других приложений от вашего имени.',
    },
  }),
  api('clients:manage', 'high', {
    title: { en: 'Manage the apps you develop', ru: 'Управление вашими приложениями' },
    description: {
      en: 'Register, change and delete apps that belong to you.',
      ru: 'Регистрировать, изменять и удалять приложения, которые принадлежат вам.',
    },
  }),
  api('scopes:manage', 'high', {
    title: { en: 'Manage permissions', ru: 'Управление разрешениями' },
    description: {
      en: 'As an administrator, define and retire the permissions that apps can ask for.',
      ru: 'От имени администратора создавать и отключать разрешения, о которых могут просить приложения.',
    },
  }),
];

interface Words {
  readonly title: Localized;
  readonly description: Localized;
}

function data(name: string, words: Words & { readonly sensitivity: Sensitivity }): DataScope {
  return {
    kind: 'data',
    name,
    claims: claimsOfStandardScope(name),
    ...words,
    isStandard: true,
    retiredAt: null,
  };
}

function api(name: string, sensitivity: Sensitivity, words: Words): ApiScope {
  return {
    kind: 'api',
    name,
    resource: null,
    ...words,
    sensitivity,
    isStandard: true,
    retiredAt: null,
  };
}
