import { beforeEach, expect, test } from 'vitest';

import type { PublishOutcome } from '../../ipc/backend';
import { opened } from '../../ipc/testing';
import { colours } from './colours';
import { payloadProblem } from './payload-problem';
import { PublishForm } from './publish.svelte';

let setup: Awaited<ReturnType<typeof opened>>;
let form: PublishForm;

beforeEach(async () => {
  setup = await opened();
  form = new PublishForm(setup.backend, setup.id);
  Object.assign(form, { topic: 'a/b', text: '{"on":true}' });
});

test('an acknowledged publish says so, with the time it took', async () => {
  await form.publish();
  expect(form.result).toEqual({
    tone: 'done',
    text: 'PUBACK 0x00 Success in 3.1 ms',
    retryable: false,
  });
  expect(form.sent).toBe(1);
  expect(setup.backend.called('publish')).toEqual([
    [
      {
        topic: 'a/b',
        payload: { kind: 'json', text: '{"on":true}' },
        qos: 1,
        retain: false,
        properties: null,
      },
    ],
  ]);
});

test('QoS 2 ends with PUBCOMP, QoS 0 with having been sent', async () => {
  form.qos = 2;
  await form.publish();
  expect(form.result?.text).toContain('PUBCOMP');
  form.qos = 0;
  await form.publish();
  expect(form.result?.text).toContain('no acknowledgement');
  expect(form.sent).toBe(2);
});

test('until the broker answers the outcome is pending', async () => {
  setup.backend.publishOutcomes = [{ kind: 'queued' }, { kind: 'sent' }];
  await form.publish();
  expect(form.result?.tone).toBe('pending');
  expect(form.sent).toBe(0);
});

test('an answer that comes twice counts once, and a late one does not hide a newer', async () => {
  const late: ((outcome: PublishOutcome) => void)[] = [];
  setup.backend.publish = async (...[, , receive]) => void late.push(receive);
  const done = {
    kind: 'acknowledged' as const,
    microseconds: 1,
    at: 1,
    reason: 'first',
    packet: 'PUBACK' as const,
  };
  await form.publish();
  await form.publish();
  late[1]?.({ ...done, reason: 'second' });
  late[0]?.(done);
  late[0]?.(done);
  expect(form.result?.text).toContain('second');
  expect(form.sent).toBe(2);
});

test('a failure is a sentence, and nothing typed is lost', async () => {
  const problem = {
    code: 'not-authorized',
    message: 'The broker refused: 0x87 Not authorized',
    detail: null,
  };
  setup.backend.publishOutcomes = [{ kind: 'queued' }, { kind: 'failed', problem }];
  await form.publish();
  expect(form.result).toEqual({
    tone: 'failed',
    text: 'The broker refused: 0x87 Not authorized.',
    retryable: true,
  });
  expect([form.topic, form.text, form.sent]).toEqual(['a/b', '{"on":true}', 0]);
});

test('a call that is refused is a sentence too', async () => {
  await setup.backend.closeConnection(setup.id);
  await form.publish();
  expect(form.result?.text).toBe('This connection is closed.');
  expect(form.busy).toBe(false);
});

test('what cannot be published is not sent, and is named', async () => {
  form.topic = 'a/+';
  await form.publish();
  form.topic = 'a';
  form.text = '{';
  await form.publish();
  expect(setup.backend.called('publish')).toEqual([]);
  expect(form.payloadProblem).toContain('Line 1, column 2');
});

test('Up recalls what was sent, newest first', async () => {
  await form.publish();
  Object.assign(form, { topic: 'c', text: '2' });
  await form.publish();
  form.text = '';
  expect(form.recall(1)).toBe(true);
  expect([form.topic, form.text]).toEqual(['c', '2']);
  form.recall(1);
  expect([form.topic, form.text]).toEqual(['a/b', '{"on":true}']);
  expect(form.recall(1)).toBe(false);
  form.recall(-1);
  expect(form.topic).toBe('c');
});

const utf8 = (text: string) => new TextEncoder().encode(text);
const noise = (length: number) => Uint8Array.from({ length }, (_, at) => (at * 7919) % 256);

test.each([
  ['JSON as it was written', utf8('{ "a":1.0,  "big": 9007199254740993 }'), 'json'],
  ['text', utf8('18.5 °C\n\tand more'), 'text'],
  ['nothing', new Uint8Array(), 'text'],
  ['text that a field would change', utf8('a\r\nb'), 'hex'],
  ['text with a hidden character', utf8('a\u0000b'), 'hex'],
  ['some bytes', new Uint8Array([0xff, 0, 1, 0x80]), 'hex'],
  ['many bytes', noise(5000), 'base64'],
  ['more than a field should hold', noise(300_000), 'file'],
] as const)('publishing %s again sends the same bytes', async (_, bytes, format) => {
  setup.plant.publish(
    { topic: 'b/c', payload: { kind: 'text', text: '' }, qos: 2, retain: true, properties: null },
    bytes,
  );
  const { id } = setup.plant.record.messages.at(-1) ?? { id: 0 };
  const detail = await setup.backend.messageDetail(setup.id, id);
  await form.fill(detail, await setup.backend.messagePayload(setup.id, id));
  expect(form).toMatchObject({ topic: 'b/c', qos: 2, retain: true, format });
  expect(form.payloadProblem || null).toBeNull();
  expect(setup.backend.called('publish')).toEqual([]);
  await form.publish();
  const last = setup.plant.record.messages.at(-1);
  expect(last?.topic).toBe('b/c');
  expect(last?.bytes.length).toBe(bytes.length);
  expect(last?.bytes.every((byte, at) => byte === bytes[at])).toBe(true);
});

test('publishing again keeps the draft it replaces, and says what is left out', async () => {
  setup.plant.deliver('b/c', utf8('1'), 1, false);
  const { id } = setup.plant.record.messages.at(-1) ?? { id: 0 };
  const detail = { ...(await setup.backend.messageDetail(setup.id, id)), leftOut: 1 };
  await form.fill(detail, utf8('1').buffer);
  expect(form.result?.text).toContain('1 property of its delivery will be left out');
  form.text = '';
  expect(form.recall(1)).toBe(true);
  expect([form.topic, form.text]).toEqual(['a/b', '{"on":true}']);
});

test('a file is handed over once and sent by its handle', async () => {
  const bytes = new Uint8Array([0xff, 0, 1]);
  const file = Object.assign(new Blob([bytes]), {
    name: 'x.bin',
    arrayBuffer: async () => bytes.buffer,
  });
  await form.attach(file as unknown as File);
  form.format = 'file';
  await form.publish();
  const [input] = setup.backend.called('publish')[0] as [{ payload: { kind: string } }];
  expect(input.payload.kind).toBe('staged');
  expect([...(setup.plant.record.messages.at(-1)?.bytes ?? [])]).toEqual([255, 0, 1]);
});

test('without a file there is nothing to publish', async () => {
  form.format = 'file';
  await form.publish();
  expect(setup.backend.called('publish')).toEqual([]);
});

test('clearing a retained message reports its outcome in the same line', async () => {
  await form.clearRetained('acme/x');
  expect(setup.backend.called('clearRetained')).toEqual([['acme/x']]);
  expect(form.result?.text).toContain('PUBACK');
});

test.each([
  ['text', '', null],
  ['json', '', 'Type JSON'],
  ['hex', '48 65', null],
  ['hex', '4', 'only one digit'],
  ['hex', '48\n6g', 'Line 2, column 2'],
  ['base64', 'SGVsbG8=', null],
  ['base64', 'SGVsbG8', 'groups of four'],
  ['base64', 'SG=sbG8=', 'only at the end'],
  ['base64', 'SG*s', 'column 3'],
] as const)('%s payload %j', (format, text, problem) => {
  const said = payloadProblem(format, text);
  if (problem === null) expect(said).toBeNull();
  else expect(said).toContain(problem);
});

test.each(['{"a": [1, -2.5e3, true, null], "b": "x\\"y"}', '{"open', 'not json — at all', ''])(
  'colouring keeps every character of %j',
  (text) => {
    expect(
      colours(text)
        .map((piece) => piece.text)
        .join(''),
    ).toBe(text);
  },
);
