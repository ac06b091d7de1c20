// An examination of one connection: its steps as they come, and the whole as text to hand on.
// Promises: steps of an examination that was ended or begun anew are never mixed with the next.

import type {
  AppError,
  Backend,
  Certificate,
  DoctorCheck,
  DoctorEvent,
  Finding,
  GivenSecrets,
  Profile,
} from '../../../ipc/backend';
import { appError } from '../../../ipc/errors';
import { secretNeeded, type Secret } from '../../../ipc/secrets';

export const CHECKS: { id: DoctorCheck; label: string; about: string; writes: boolean }[] = [
  {
    id: 'allTopics',
    label: 'May # be subscribed to?',
    about: 'Subscribes to everything, and unsubscribes at once.',
    writes: false,
  },
  {
    id: 'system',
    label: 'Does it tell about itself?',
    about: 'Subscribes to $SYS/#.',
    writes: false,
  },
  {
    id: 'retained',
    label: 'Are retained messages kept?',
    about: 'Publishes one on a topic of its own, fetches it and clears it.',
    writes: true,
  },
  {
    id: 'shared',
    label: 'Are there shared subscriptions?',
    about: 'Subscribes to a $share filter of its own.',
    writes: false,
  },
  {
    id: 'largestPacket',
    label: 'How large may a packet be?',
    about: 'Publishes growing messages on a topic of its own.',
    writes: true,
  },
];

export class Doctor {
  findings = $state.raw<Finding[]>([]);
  running = $state(false);
  /** How it ended; null: it has not, or was cancelled. */
  ok = $state<boolean | null>(null);
  cancelled = $state(false);
  problem = $state.raw<AppError | null>(null);
  /** A secret that is asked for before anything can be examined. */
  missing = $state<Secret | null>(null);
  chosen = $state<Record<DoctorCheck, boolean>>({
    allTopics: false,
    system: false,
    retained: false,
    shared: false,
    largestPacket: false,
  });
  #run = 0;
  #job: number | null = null;

  constructor(
    private readonly backend: Backend,
    readonly profile: Profile,
    private given: GivenSecrets,
  ) {}

  /** The chain of certificates that the broker showed, its own first. */
  get chain(): Certificate[] {
    return this.findings.find(({ certificates }) => certificates.length > 0)?.certificates ?? [];
  }

  async start(given: GivenSecrets = this.given): Promise<void> {
    this.end();
    this.given = given;
    const run = this.#run;
    Object.assign(this, { findings: [], ok: null, problem: null, missing: null });
    Object.assign(this, { running: true, cancelled: false });
    const checks = CHECKS.map(({ id }) => id).filter((id) => this.chosen[id]);
    try {
      const receive = (event: DoctorEvent) => run === this.#run && this.#take(event);
      const job = await this.backend.runDoctor(this.profile, given, checks, receive);
      if (run !== this.#run) await this.backend.cancelDoctor(job);
      else if (this.running) this.#job = job;
    } catch (thrown) {
      if (run === this.#run) this.#failed(appError(thrown));
    }
  }

  /** Ends what is running; what was found stays on screen. */
  cancel(): void {
    if (!this.running) return;
    this.cancelled = true;
    this.end();
    this.findings = this.findings.filter(({ status }) => status !== 'running');
  }

  /** Hears no more of what is running, and ends it. */
  end(): void {
    this.#run += 1;
    this.running = false;
    const job = this.#job;
    this.#job = null;
    if (job !== null) void this.backend.cancelDoctor(job).catch(() => undefined);
  }

  #take(event: DoctorEvent): void {
    if (event.kind === 'done') {
      this.ok = event.ok;
      this.running = false;
      this.#job = null;
      return;
    }
    const { finding } = event;
    const known = this.findings.some(({ id }) => id === finding.id);
    this.findings = known
      ? this.findings.map((one) => (one.id === finding.id ? finding : one))
      : [...this.findings, finding];
  }

  #failed(error: AppError): void {
    this.running = false;
    this.missing = secretNeeded(error);
    if (!this.missing) this.problem = error;
  }
}
