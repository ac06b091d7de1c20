import { beforeEach, expect, test } from 'vitest';

import type { PublishOutcome } from '../../ipc/backend';
import { START, opened } from '../../ipc/testing';
import { bytesOf, sizeFindings } from './lint.svelte';
import { PublishForm } from './publish.svelte';

let setup: Awaited<ReturnType<typeof opened>>;
let form: PublishForm;
const cause = { code: 'connection-lost', message: 'the connection was lost', detail: null };

beforeEach(async () => {
  setup = await opened();
  form = new PublishForm(setup.backend, setup.id, 65_536);
  Object.assign(form, { topic: 'a/b', text: '{"on":true}' });
});

test('what may have arrived or not is offered to be sent again, as it was', async () => {
  setup.backend.publishOutcomes = [
    { kind: 'queued' },
    { kind: 'sent' },
    { kind: 'unknown', cause },
  ];
  await form.publish();
  expect(form.result).toEqual({
    tone: 'unsure',
    text: 'It may have arrived or not. The connection was lost.',
    retryable: true,
  });
  expect(form.sent).toBe(0);
  form.text = 'changed meanwhile';
  await form.retry();
  const calls = setup.backend.called('publish');
  expect(calls).toHaveLength(2);
  expect(calls[1]).toEqual(calls[0]);
  expect(form.text).toBe('changed meanwhile');
});

test('each publish stays in the list with what became of it', async () => {
  await form.publish();
  setup.backend.publishOutcomes = [{ kind: 'failed', problem: cause }];
  form.topic = 'c';
  await form.publish();
  const [failed, done] = form.recent.list;
  expect([failed?.what.topic, failed?.result.tone]).toEqual(['c', 'failed']);
  expect(done?.result.text).toContain('PUBACK');
  expect(done?.acknowledgedAt).toBe(START);
});

test('an earlier publish is taken back as it was typed, and the draft is kept', async () => {
  await form.publish();
  Object.assign(form, { topic: 'c', text: '2' });
  const [sent] = form.recent.list;
  if (sent) form.takeBack(sent);
  expect([form.topic, form.text]).toEqual(['a/b', '{"on":true}']);
  form.text = '';
  form.recall(1);
  expect([form.topic, form.text]).toEqual(['c', '2']);
});

test('a failed clearing is retried as a clearing', async () => {
  setup.backend.publishOutcomes = [{ kind: 'failed', problem: cause }];
  await form.clearRetained('acme/x');
  await form.retry();
  expect(setup.backend.called('clearRetained')).toEqual([['acme/x'], ['acme/x']]);
});

test('only the first final outcome counts', async () => {
  let receive: ((outcome: PublishOutcome) => void) | undefined;
  setup.backend.publish = async (...[, , given]) => void (receive = given);
  await form.publish();
  receive?.({ kind: 'unknown', cause });
  receive?.({ kind: 'sent' });
  expect(form.result?.tone).toBe('unsure');
});

test('what deletes is asked about first', async () => {
  Object.assign(form, { text: '', format: 'text', retain: true });
  await form.publish();
  expect(form.confirming.map(({ rule }) => rule)).toEqual(['deletes-retained']);
  expect(setup.backend.called('publish')).toEqual([]);
  await form.publish(true);
  expect(form.confirming).toEqual([]);
  expect(setup.backend.called('publish')).toHaveLength(1);
});

test('what lint forbids is not sent; what it only says does not hinder', async () => {
  setup.backend.lintPublish = async () => [{ rule: 'r', level: 'error', message: 'No.' }];
  await form.publish(true);
  expect(setup.backend.called('publish')).toEqual([]);
  setup.backend.lintPublish = async () => [{ rule: 'r', level: 'warning', message: 'Hm.' }];
  await form.publish();
  expect(setup.backend.called('publish')).toHaveLength(1);
  expect(form.lint.findings).toEqual([{ rule: 'r', level: 'warning', message: 'Hm.' }]);
});

test('a lint that fails keeps nobody from publishing', async () => {
  setup.backend.lintPublish = () => Promise.reject(cause);
  await form.publish();
  expect(form.result?.tone).toBe('done');
});

test.each([
  [10_240, null, null],
  [10_241, null, 'hint'],
  [10_241, 65_536, 'hint'],
  [65_536, 65_536, 'hint'],
  [65_537, 65_536, 'warning'],
  [2000, 1000, 'warning'],
] as const)('%i bytes with a limit of %j', (bytes, limit, level) => {
  expect(sizeFindings(bytes, limit)[0]?.level ?? null).toBe(level);
});

test.each([
  ['text', 'grün', 5],
  ['hex', '48 65', 2],
  ['base64', 'SGVsbG8=', 5],
  ['base64', 'SGVs\nbG8h', 6],
  ['json', '', 0],
] as const)('%s %j is so many bytes', (format, text, bytes) => {
  expect(bytesOf(format, text)).toBe(bytes);
});

test('a connection lost right after a publish is told beside it, once', () => {
  const what = { topic: 'a', qos: 0, retain: false, bytes: 1 };
  const sent = form.recent.add(what, null, { clear: 'a' }, START);
  sent.take({ kind: 'sent' });
  form.recent.lost(START + 300_000);
  form.recent.lost(START + 400_000);
  expect(sent.result.text).toBe(
    'sent; QoS 0 has no acknowledgement. The connection was lost 0.3 s after it: perhaps the broker closed it because of this message.',
  );
  const unsure = form.recent.add({ ...what, qos: 1 }, null, { clear: 'a' }, START);
  form.recent.lost(START + 100_000);
  unsure.take({ kind: 'unknown', cause });
  expect(unsure.result).toMatchObject({ tone: 'unsure', retryable: true });
  expect(unsure.result.text).toContain('lost 0.1 s after it');
  const later = form.recent.add(what, null, { clear: 'a' }, START);
  later.take({ kind: 'sent' });
  form.recent.lost(START + 5_000_000);
  expect(later.result.text).not.toContain('perhaps');
});
