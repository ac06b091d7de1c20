import { cleanup, fireEvent, render, screen, within } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { opened } from '../../ipc/testing';
import PublishPane from './PublishPane.svelte';
import { contentOf, mismatches } from './mismatch';
import { emptyProperties, problemsOf, toDraft, toProperties } from './properties';
import { PublishForm } from './publish.svelte';

let setup: Awaited<ReturnType<typeof opened>>;
let form: PublishForm;

const DRAFT = {
  expiry: 60,
  contentType: 'application/json',
  payloadIsText: true,
  responseTopic: 'answers/here',
  correlationData: { encoding: 'hex' as const, value: '00 ff' },
  userProperties: [
    { name: 'k', value: '2' },
    { name: '', value: '' },
    { name: 'a', value: '' },
    { name: 'k', value: '1' },
    { name: 'k', value: '1' },
  ],
};
const SENT = { ...DRAFT, userProperties: DRAFT.userProperties.filter((_, at) => at !== 1) };

beforeEach(async () => {
  setup = await opened();
  form = new PublishForm(setup.backend, setup.id);
  Object.assign(form, { topic: 'a/b', text: '{"on":true}' });
});
afterEach(cleanup);
const published = () => setup.backend.called('publish').map(([input]) => input);

test('all properties are sent as typed, in their order and with duplicates', async () => {
  form.properties = structuredClone(DRAFT);
  await form.publish();
  expect(published()).toMatchObject([{ properties: SENT }]);
  expect(form.findings).toEqual([]);
  expect(toProperties(toDraft(SENT))).toEqual(SENT);
});

test('what is left empty is no property', () => {
  expect(toProperties(emptyProperties())).toBeNull();
  const draft = { ...emptyProperties(), expiry: 0 };
  expect(toProperties(draft)).toEqual({
    expiry: 0,
    contentType: null,
    payloadIsText: false,
    responseTopic: null,
    correlationData: null,
    userProperties: [],
  });
});

test('drafts, Retry and Edit keep the properties, whatever is typed meanwhile', async () => {
  form.properties = structuredClone(DRAFT);
  await form.publish();
  form.properties.contentType = 'changed';
  form.properties.userProperties.length = 0;
  await form.retry();
  expect(published()[1]).toEqual(published()[0]);
  const sent = form.recent.list.at(-1);
  if (sent) form.takeBack(sent);
  expect(form.properties).toEqual(DRAFT);
  form.properties.contentType = 'changed';
  form.text = '';
  expect(form.recall(1) && form.recall(1)).toBe(true);
  expect(form.properties).toEqual(DRAFT);
});

test('a recorded message is published again with its properties', async () => {
  const bytes = new TextEncoder().encode('{}');
  setup.plant.deliver('b/c', bytes, 1, false);
  const { id } = setup.plant.record.messages.at(-1) ?? { id: 0 };
  const detail = { ...(await setup.backend.messageDetail(setup.id, id)), again: SENT };
  await form.fill(detail, bytes.buffer);
  expect(form.result?.text).toBe('The recorded message, not sent yet.');
  await form.publish();
  expect(published()).toMatchObject([{ topic: 'b/c', properties: SENT }]);
});

test('under 3.1.1 nothing of it is sent, and what is set is kept', async () => {
  form = new PublishForm(setup.backend, setup.id, null, false);
  Object.assign(form, { topic: 'a/b', text: '1', properties: structuredClone(DRAFT) });
  form.properties.responseTopic = 'a/#';
  render(PublishPane, { form, connected: true, note: null, onunlock: null });
  await fireEvent.click(screen.getByTestId('publish-properties-fold'));
  expect(screen.getByTestId('publish-only-v5')).toBeVisible();
  expect(screen.getByTestId('publish-content-type')).toBeDisabled();
  await form.publish();
  expect(published()).toMatchObject([{ properties: null }]);
  expect(form.properties.contentType).toBe('application/json');
});

test.each([
  [{ expiry: -1 }, 'expiry', 'Whole seconds'],
  [{ expiry: 1.5 }, 'expiry', 'Whole seconds'],
  [{ expiry: 4_294_967_296 }, 'expiry', 'Whole seconds'],
  [{ responseTopic: 'a/+' }, 'responseTopic', 'cannot contain +'],
  [{ correlationData: { encoding: 'hex' as const, value: '0' } }, 'correlationData', 'one digit'],
] as const)('%j is refused beside its field and not sent', async (change, field, words) => {
  form.properties = { ...emptyProperties(), ...change };
  expect(problemsOf(form.properties)[field]).toContain(words);
  await form.publish();
  expect(published()).toEqual([]);
  expect(form.propertiesProblem).toContain(words);
});

test('the form offers every property, and says where one is wrong', async () => {
  render(PublishPane, { form, connected: true, note: null, onunlock: null });
  expect(screen.queryByTestId('publish-properties')).toBeNull();
  await fireEvent.click(screen.getByTestId('publish-properties-fold'));
  const type = (hook: string, value: string) =>
    fireEvent.input(screen.getByTestId(hook), { target: { value } });
  await type('publish-expiry', '60');
  await type('publish-content-type', 'application/json');
  await type('publish-response-topic', 'answers/#');
  await type('publish-correlation', 'Az');
  await fireEvent.click(
    within(screen.getByTestId('publish-correlation-encoding')).getByText('Hex'),
  );
  expect(form.propertyProblems.correlationData).toContain('hexadecimal');
  await type('publish-correlation', '417a');
  await fireEvent.click(screen.getByTestId('publish-is-text'));
  await fireEvent.click(screen.getByText('Add a line'));
  await fireEvent.input(screen.getByLabelText('Name 1 of User properties'), {
    target: { value: 'k' },
  });
  await form.publish();
  expect(await screen.findByTestId('publish-problem')).toHaveTextContent('Response topic:');
  await type('publish-response-topic', 'answers/here');
  expect(toProperties(form.properties)).toEqual({
    expiry: 60,
    contentType: 'application/json',
    payloadIsText: true,
    responseTopic: 'answers/here',
    correlationData: { encoding: 'hex', value: '417a' },
    userProperties: [{ name: 'k', value: '' }],
  });
  expect(screen.getByTestId('publish-properties-fold')).toHaveTextContent('6 properties');
});

test('user properties move and go line by line; equal ones stay apart', async () => {
  form.properties.userProperties = ['1', '2', '1'].map((value) => ({ name: 'k', value }));
  render(PublishPane, { form, connected: true, note: null, onunlock: null });
  await fireEvent.click(screen.getByTestId('publish-properties-fold'));
  const act = (name: string) => fireEvent.click(screen.getByRole('button', { name }));
  const values = () => form.properties.userProperties.map(({ value }) => value);
  expect(screen.getByRole('button', { name: 'Move line 1 up' })).toBeDisabled();
  expect(screen.getByRole('button', { name: 'Move line 3 down' })).toBeDisabled();
  await act('Move line 3 up');
  expect(values()).toEqual(['1', '1', '2']);
  await act('Move line 2 down');
  expect(values()).toEqual(['1', '2', '1']);
  await act('Remove line 2 of User properties');
  expect(values()).toEqual(['1', '1']);
});

test.each([
  ['hex', 'ff', true, '', ['not-utf8']],
  ['hex', 'ff', false, '', []],
  ['hex', 'c3bc', true, 'text/plain', []],
  ['hex', 'ff', true, 'text/plain', ['not-utf8', 'not-of-type']],
  ['base64', '/w==', false, 'application/senml+json', ['not-of-type']],
  ['text', '{', true, 'application/json; charset=utf-8', ['not-of-type']],
  ['text', '{}', true, 'Application/JSON', []],
  ['text', '{', true, 'image/png', []],
  ['text', '', true, 'application/json', []],
  ['json', '{}', true, 'text/plain', []],
] as const)('%s %j with text %j and type %j', (format, text, payloadIsText, contentType, rules) => {
  const content = contentOf(format, text);
  if (!content) throw new Error('this payload can be sent');
  const found = mismatches({ ...emptyProperties(), payloadIsText, contentType }, content);
  expect(found.map(({ rule }) => rule)).toEqual(rules);
});

test('a mismatch with the bytes of a file is pointed out, and does not hinder', async () => {
  const bytes = new Uint8Array([0xff, 0, 1]);
  const file = Object.assign(new Blob([bytes]), {
    name: 'x.bin',
    arrayBuffer: async () => bytes.buffer,
  });
  await form.attach(file as unknown as File);
  form.format = 'file';
  form.properties.payloadIsText = true;
  expect(form.findings.map(({ rule }) => rule)).toEqual(['not-utf8']);
  await form.publish();
  expect(published()).toHaveLength(1);
});

test('Up steps a number of the properties, and recalls nothing there', async () => {
  await form.publish();
  form.text = '';
  render(PublishPane, { form, connected: true, note: null, onunlock: null });
  await fireEvent.click(screen.getByTestId('publish-properties-fold'));
  await fireEvent.keyDown(screen.getByTestId('publish-expiry'), { key: 'ArrowUp' });
  expect(form.text).toBe('');
  await fireEvent.keyDown(screen.getByTestId('publish-payload'), { key: 'ArrowUp' });
  expect(form.text).toBe('{"on":true}');
});
