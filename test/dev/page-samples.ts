import { outboxPage } from '../../src/dev/outbox-routes.ts';
import { addSample } from '../support/browser/page-samples.ts';

addSample(outboxPage, {
  mails: [
    {
      to: 'anastasia.konstantinopolskaya-petrova@a-rather-long-company-name.example.org',
      subject: '123456 is your code',
      code: '123456',
      before: ['Somebody, we hope you, is creating an account.'],
      after: ['It works for 10 minutes.'],
      link: { href: 'https://id.example.org/confirm/abc', label: 'Confirm this address' },
      isSms: false,
      createdAt: new Date('2026-11-20T12:00:00Z'),
      isWaiting: true,
    },
  ],
});
