// An examination as text, for a ticket or a colleague. It holds no secret: the backend tells none.

import type { Finding, Profile } from '../../../ipc/backend';
import { explain } from '../../../ipc/errors';
import { span } from '../../../lib/format';
import { PROTOCOLS, addressOf } from '../profile';

export type Words = {
  said: string[];
  failed: string | null;
  cause: string | null;
  fix: string | null;
};

/** What is said of a step, nothing twice: a failure's own sentence often is its cause already. */
export function wordsOf({ detail, problem, likelyCause, fix }: Finding): Words {
  const sentence = problem ? explain(problem).sentence : null;
  const covered = sentence !== null && [likelyCause, fix].every((part) => isIn(sentence, part));
  const failed = covered ? null : sentence;
  const said = [detail, problem?.detail ?? ''].filter((part) => part && !isIn(sentence, part));
  return { said, failed, cause: likelyCause, fix };
}

function isIn(sentence: string | null, part: string | null): boolean {
  const plain = part?.replace(/[.!?…]+$/, '').toLowerCase();
  return plain !== undefined && (sentence?.toLowerCase().includes(plain) ?? false);
}

const SIGNS: Record<Finding['status'], string> = {
  running: '…',
  ok: 'ok',
  warning: 'note',
  failed: 'FAILED',
  skipped: 'skipped',
};

export function reportOf(profile: Profile, findings: Finding[]): string {
  const lines = [`Wiretree, test of ${addressOf(profile)} (${PROTOCOLS[profile.protocol]})`];
  for (const finding of findings) lines.push('', ...linesOf(finding));
  return `${lines.join('\n')}\n`;
}

function linesOf(finding: Finding): string[] {
  const { name, status, microseconds, facts, certificates, problem } = finding;
  const { said, failed, cause, fix } = wordsOf(finding);
  const time = microseconds === null ? '' : ` (${span(microseconds / 1000)})`;
  const lines = [`[${SIGNS[status]}] ${name}${time}${said[0] ? `: ${said[0]}` : ''}`];
  for (const more of said.slice(1)) lines.push(`  ${more}`);
  if (problem) lines.push(`  ${failed ?? ''} [${problem.code}]`);
  if (cause) lines.push(`  Likely cause: ${cause}`);
  if (fix) lines.push(`  What to do: ${fix}`);
  for (const fact of facts) lines.push(`  ${fact.name}: ${fact.value}`);
  certificates.forEach((certificate, at) => {
    lines.push(`  Certificate ${at + 1}: ${certificate.subject}`);
    lines.push(`    issued by ${certificate.issuer}`);
    lines.push(`    valid ${day(certificate.notBefore)} to ${day(certificate.notAfter)}`);
    if (certificate.names.length > 0) lines.push(`    for ${certificate.names.join(', ')}`);
    lines.push(`    SHA-256 ${colons(certificate.sha256)}`);
  });
  return lines;
}

/** A day as 2026-10-22; µs since 1970. Beyond the calendar of JavaScript it is said so. */
export function day(microseconds: number): string {
  const date = new Date(microseconds / 1000);
  return Number.isNaN(date.getTime()) ? 'an unknown day' : date.toISOString().slice(0, 10);
}

/** A fingerprint as other programs write it: pairs in capitals with colons between them. */
export function colons(hex: string): string {
  return (hex.replace(/[^0-9a-f]/gi, '').match(/../g) ?? []).join(':').toUpperCase();
}

export type Validity = { words: string; tone: 'good' | 'warn' | 'bad' };

const DAY = 86_400_000_000;
/** A certificate that ends within a month should be renewed. */
const SOON = 30 * DAY;

export function validity(notBefore: number, notAfter: number, now: number): Validity {
  if (now < notBefore) return { words: `not valid before ${day(notBefore)}`, tone: 'bad' };
  if (now > notAfter) return { words: `expired on ${day(notAfter)}`, tone: 'bad' };
  const days = Math.floor((notAfter - now) / DAY);
  const left = days === 1 ? '1 more day' : `${days} more days`;
  const words = days === 0 ? 'valid for less than a day' : `valid for ${left}`;
  return { words, tone: notAfter - now < SOON ? 'warn' : 'good' };
}
