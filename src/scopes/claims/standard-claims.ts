import type { Localized } from '../localized.ts';
import type { ClaimDefinition } from './claim-definition.ts';

type Words = readonly [title: Localized, description: Localized];
type Shape = Pick<ClaimDefinition, 'name' | 'kind' | 'group' | 'icon' | 'sensitivity'> &
  Partial<
    Pick<ClaimDefinition, 'scope' | 'maxLength' | 'isMultiple' | 'isEditable' | 'verifiedClaim'>
  >;

const both = (en: string, ru: string): Localized => ({ en, ru });

function define(shape: Shape, [title, description]: Words): ClaimDefinition {
  return {
    scope: 'profile',
    isMultiple: true,
    isEditable: true,
    verifiedClaim: null,
    maxLength: 100,
    ...shape,
    title,
    description,
    isVerifiable: shape.verifiedClaim !== undefined,
    rules: {},
    isCustom: false,
    retiredAt: null,
  };
}

/** Every standard claim whose values people keep, in the order of pages. */
export const CLAIM_DEFINITIONS: readonly ClaimDefinition[] = [
  define({ name: 'name', kind: 'text', group: 'name', icon: 'person', sensitivity: 'low' }, [
    both('Full name', 'Имя и фамилия'),
    both('Your name as you want it written.', 'Имя так, как вы хотите его видеть.'),
  ]),
  define({ name: 'given_name', kind: 'text', group: 'name', icon: 'person', sensitivity: 'low' }, [
    both('First name', 'Имя'),
    both('The name people call you by.', 'Имя, по которому к вам обращаются.'),
  ]),
  define({ name: 'middle_name', kind: 'text', group: 'name', icon: 'person', sensitivity: 'low' }, [
    both('Middle name', 'Отчество или второе имя'),
    both('A middle name or patronymic.', 'Отчество или второе имя, если оно есть.'),
  ]),
  define({ name: 'family_name', kind: 'text', group: 'name', icon: 'person', sensitivity: 'low' }, [
    both('Last name', 'Фамилия'),
    both('Your family name.', 'Ваша фамилия.'),
  ]),
  define(
    {
      name: 'nickname',
      kind: 'nickname',
      group: 'name',
      icon: 'person',
      sensitivity: 'low',
      maxLength: 42,
    },
    [
      both('Nickname', 'Псевдоним'),
      both('A casual name, 3 to 42 characters.', 'Короткое имя, от 3 до 42 символов.'),
    ],
  ),
  define(
    {
      name: 'preferred_username',
      kind: 'username',
      group: 'name',
      icon: 'person',
      sensitivity: 'low',
      maxLength: 42,
    },
    [
      both('Username', 'Имя пользователя'),
      both(
        'Yours alone: nobody else here can have it or one that looks like it.',
        'Только ваше: такого же или похожего на вид здесь не будет ни у кого.',
      ),
    ],
  ),
  define(
    {
      name: 'email',
      scope: 'email',
      kind: 'email',
      group: 'contact',
      icon: 'mail',
      sensitivity: 'medium',
      maxLength: 254,
      verifiedClaim: 'email_verified',
    },
    [
      both('E-mail', 'Электронная почта'),
      both('An address you can read mail at.', 'Адрес, почту с которого вы читаете.'),
    ],
  ),
  define(
    {
      name: 'phone_number',
      scope: 'phone',
      kind: 'phone_number',
      group: 'contact',
      icon: 'phone',
      sensitivity: 'high',
      maxLength: 32,
      verifiedClaim: 'phone_number_verified',
    },
    [
      both('Phone', 'Телефон'),
      both(
        'With the country code, like +44 20 7946 0018.',
        'С кодом страны, например +7 495 123-45-67.',
      ),
    ],
  ),
  define(
    {
      name: 'address',
      scope: 'address',
      kind: 'address',
      group: 'place',
      icon: 'home',
      sensitivity: 'high',
      maxLength: 1000,
    },
    [
      both('Postal address', 'Почтовый адрес'),
      both('Where letters and parcels reach you.', 'Куда вам приходят письма и посылки.'),
    ],
  ),
  define(
    {
      name: 'birthdate',
      kind: 'birthdate',
      group: 'about',
      icon: 'calendar',
      sensitivity: 'high',
      isMultiple: false,
    },
    [
      both('Date of birth', 'Дата рождения'),
      both('The full date, or only the year.', 'Полная дата или только год.'),
    ],
  ),
  define(
    {
      name: 'gender',
      kind: 'text',
      group: 'about',
      icon: 'person',
      sensitivity: 'high',
      isMultiple: false,
    },
    [both('Gender', 'Пол'), both('In your own words.', 'Своими словами.')],
  ),
  define(
    {
      name: 'profile',
      kind: 'url',
      group: 'about',
      icon: 'link',
      sensitivity: 'low',
      maxLength: 500,
    },
    [
      both('Profile page', 'Страница профиля'),
      both('A public page about you.', 'Открытая страница о вас.'),
    ],
  ),
  define(
    {
      name: 'website',
      kind: 'url',
      group: 'about',
      icon: 'globe',
      sensitivity: 'low',
      maxLength: 500,
    },
    [both('Website', 'Сайт'), both('Your site or blog.', 'Ваш сайт или блог.')],
  ),
  define(
    {
      name: 'picture',
      kind: 'picture',
      group: 'about',
      icon: 'image',
      sensitivity: 'medium',
      maxLength: 500,
      isEditable: false,
    },
    [both('Picture', 'Фотография'), both('A picture of you.', 'Ваше изображение.')],
  ),
  define(
    {
      name: 'zoneinfo',
      kind: 'time_zone',
      group: 'place',
      icon: 'clock',
      sensitivity: 'low',
      isMultiple: false,
    },
    [
      both('Time zone', 'Часовой пояс'),
      both('So that apps show your local time.', 'Чтобы приложения показывали ваше время.'),
    ],
  ),
  define(
    {
      name: 'locale',
      kind: 'locale',
      group: 'place',
      icon: 'globe',
      sensitivity: 'low',
      isMultiple: false,
    },
    [
      both('Language', 'Язык'),
      both('The language apps should use with you.', 'Язык, на котором приложения говорят с вами.'),
    ],
  ),
];
