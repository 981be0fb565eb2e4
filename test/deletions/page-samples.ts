import { deletedPage, deletePage } from '../../src/deletions/deletion-views.ts';
import { addSample } from '../support/browser/page-samples.ts';

const purgeAt = new Date('2026-12-20T12:00:00Z');

addSample(deletePage, {
  purgeAt,
  isRestorable: true,
  connectedApps: ['Bookshop', 'The library of the town where I grew up'],
  ownedApps: ['My weather station'],
  word: 'delete',
  formErrors: { confirmation: 'word_wrong' },
});

addSample(deletedPage, {
  purgeAt,
  isRestorable: true,
  reference: '0191c0de-0000-4000-8000-000000000000',
});
