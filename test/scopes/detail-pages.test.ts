import { expect } from 'chai';

import { createPerson, signIn, visitorAt } from '../support/people/people.ts';
import { startTestServer, type TestServer } from '../support/servers/server.ts';
import type { Visitor } from '../support/people/visitor.ts';
import { signedInVisitor } from '../support/people/console-visitor.ts';
import { waitFor } from '../support/wait-for.ts';

const FORM = 'main form[method=post]';
const WORDS = {
  'title.en': 'Shoe size',
  'title.ru': 'Размер обуви',
  'description.en': 'As in European shops.',
  'description.ru': 'По европейской шкале.',
};

describe('the pages for personal details of administrators, without JavaScript', () => {
  let server: TestServer;
  let administrator: Visitor;

  before(async () => {
    server = await startTestServer();
    const person = await createPerson(server.connected, { isAdministrator: true });
    administrator = visitorAt(server.url);
    await administrator.get('/admin/details');
    await signIn(administrator, person);
    expect(administrator.page.url.pathname).to.equal('/admin/details');
  });
  after(() => server?.stop());

  it('are closed to other accounts', async () => {
    const person = await signedInVisitor(server.url, await createPerson(server.connected));
    for (const path of ['', '/new', '/new?kind=text', '/shoe_size', '/shoe_size/retire']) {
      expect((await person.get(`/admin/details${path}`)).status, path).to.equal(403);
    }
  });

  it('show errors at the fields and keep the typed text', async () => {
    await administrator.get('/admin/details/new?kind=number');
    const failed = await administrator.submitForm(FORM, {
      ...WORDS,
      name: 'sub',
      'title.en': '',
      'rules.min': '50',
      'rules.max': '20',
    });
    expect(failed.status).to.equal(422);
    const errorAt = (id: string) => failed.document.querySelector(`[id="${id}-error"]`)?.text ?? '';
    expect(errorAt('name')).to.include('meaning of its own');
    expect(errorAt('title.en')).not.to.equal('');
    expect(errorAt('rules.max')).to.include('less than the other limit');
    const typed = failed.document.querySelector('[name="title.ru"]')?.getAttribute('value');
    expect(typed).to.equal('Размер обуви');
    const letters = await administrator.submitForm(FORM, { name: 'shoe_size', 'rules.min': 'x' });
    expect(letters.document.querySelector('[id="rules.min-error"]')?.text).not.to.equal('');
  });

  it('define, change and retire a detail, which appears on the profile of people', async () => {
    await administrator.get('/admin/details');
    expect(administrator.page.text).to.include('Only the standard details so far');
    await administrator.get('/admin/details/new');
    await administrator.follow('a[href$="kind=number"]');
    await administrator.submitForm(FORM, {
      ...WORDS,
      name: 'shoe_size',
      'rules.min': '20',
      'rules.max': '60',
      'rules.isWhole': 'on',
    });
    expect(administrator.page.text).to.include('People can now store shoe_size');
    expect(administrator.page.text).to.include('Not asked for');

    const person = await signedInVisitor(server.url, await createPerson(server.connected));
    await waitFor(
      'the form is there',
      async () => (await person.get('/account/values/add/shoe_size')).status === 200,
    );
    expect(person.page.text).to.include('From 20 to 60.').and.include('A whole number.');
    const wrong = await person.submitForm(FORM, { value: '38.5' });
    expect(wrong.text).to.include('Enter a whole number');
    await person.submitForm(FORM, { value: '38' });
    expect(person.page.text).to.include('Shoe size').and.include('38');

    await administrator.get('/admin/details/shoe_size');
    expect(administrator.page.text).to.include('no permission covers it');
    await administrator.submitForm(FORM, { 'title.en': 'European shoe size', 'rules.max': '70' });
    expect(administrator.page.text).to.include('shoe_size was changed');
    await server.connected.scopes.defineScope({
      actorId: (await createPerson(server.connected)).accountId,
      name: 'shoes',
      title: { en: 'Your shoes', ru: 'Ваша обувь' },
      description: { en: 'See your size.', ru: 'Видеть ваш размер.' },
      sensitivity: 'low',
      claims: ['shoe_size'],
    });
    await waitFor('the permission is known', async () =>
      (await server.connected.scopes.catalogue()).byName.has('shoes'),
    );
    await administrator.get('/admin/details/shoe_size/retire');
    expect(administrator.page.text).to.include('The permission “Your shoes” covers nothing else');
    await administrator.submitForm('form.confirmation');
    expect(administrator.page.text).to.include('shoe_size was retired');
    await administrator.get('/admin/details/shoe_size/retire');
    expect(administrator.page.url.pathname).to.equal('/admin/details/shoe_size');
    expect(administrator.page.status).to.equal(200);
    expect(administrator.page.text).to.include('This detail is retired').and.include('By you');
    expect(administrator.page.document.querySelector(FORM)).to.equal(null);
    await administrator.get('/admin/details');
    await administrator.follow('a[href="/admin/details/shoe_size"]');
    const colleague = await createPerson(server.connected, { isAdministrator: true });
    const other = await signedInVisitor(server.url, colleague);
    expect((await other.get('/admin/details/shoe_size')).text).to.include(
      'By another administrator',
    );
    const { text } = await administrator.get('/admin/permissions?q=shoes');
    expect(text).to.include('Retired');
    await administrator.get('/admin/permissions/scopes/shoes');
    expect(administrator.page.text).to.include('All details that it covered are retired');
  });

  it('read a list of choices line by line', async () => {
    await administrator.get('/admin/details/new?kind=choice');
    const choices = 'red | Red | Красный\n\nblue\n';
    await administrator.submitForm(FORM, {
      ...WORDS,
      'title.en': 'Team colour',
      name: 'team_colour',
      'rules.choices': choices,
      isMultiple: 'on',
    });
    expect(administrator.page.text).to.include('People can now store team_colour');
    const { custom } = await server.connected.scopes.loadClaims();
    expect(custom.find(({ name }) => name === 'team_colour')).to.deep.include({
      isMultiple: true,
      rules: {
        choices: [
          { value: 'red', title: { en: 'Red', ru: 'Красный' } },
          { value: 'blue', title: { en: 'blue' } },
        ],
      },
    });
    await administrator.get('/admin/details/team_colour');
    const area = administrator.page.document.querySelector('textarea[name="rules.choices"]');
    expect(area?.text).to.equal('red | Red | Красный\nblue | blue');
  });
});
