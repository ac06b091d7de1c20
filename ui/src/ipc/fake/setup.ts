// The half of the scripted backend that is about saved connections and trying one out.

import type {
  AppError,
  DoctorCheck,
  DoctorEvent,
  FieldProblem,
  FilePurpose,
  GivenSecrets,
  Profile,
  SecretsInput,
  HistoryOpening,
  Startup,
} from '../bindings';
import { examination } from './doctor';
import { checked } from './profiles';
import { FakeKeeping } from './keeping';

export const fail = (code: string, message: string): AppError => ({ code, message, detail: null });

export abstract class FakeSetup extends FakeKeeping {
  profiles: Profile[] = [];
  startupFacts: Partial<Startup> = {};
  /** What checkProfile says beside its own rules. */
  fieldProblems: FieldProblem[] = [];
  chosenFile: string | null = '/home/ann/certificates/chosen.pem';
  /** What the doctor says; null: the examination of a good broker. */
  doctorEvents: DoctorEvent[] | null = null;
  /** Milliseconds between the steps of the doctor, for a person to see them come. */
  doctorPace = 0;
  protected next = 1;

  /** The history is open at once, so nobody hears how far it is. */
  async startup(receive?: (opening: HistoryOpening) => void): Promise<Startup> {
    void receive;
    return {
      version: '0.1.0',
      openDemo: false,
      import: null,
      dataFolder: '/home/ann/.local/share/wiretree',
      profiles: this.profiles,
      profilesProblem: null,
      historyProblem: null,
      historyMended: null,
      keychainAvailable: true,
      ...this.startupFacts,
    };
  }
  async listProfiles() {
    return this.profiles;
  }
  async saveProfile(profile: Profile, secrets: SecretsInput) {
    this.note('saveProfile', profile, secrets);
    const saved = { ...profile, id: profile.id || `profile-${this.next++}` };
    this.profiles = [...this.profiles.filter((other) => other.id !== saved.id), saved];
    return saved;
  }
  async deleteProfile(id: string) {
    this.profiles = this.profiles.filter((profile) => profile.id !== id);
  }
  async setAsideProfiles() {
    return (this.profiles = []);
  }
  async checkProfile(profile: Profile) {
    this.note('checkProfile', profile);
    return [...checked(profile, this.profiles), ...this.fieldProblems];
  }
  async chooseFile(purpose: FilePurpose) {
    this.note('chooseFile', purpose);
    return this.chosenFile;
  }

  async runDoctor(
    profile: Profile,
    given: GivenSecrets,
    checks: DoctorCheck[],
    receive: (event: DoctorEvent) => void,
  ) {
    this.note('runDoctor', profile, given, checks);
    needSecrets(profile, given);
    void this.#tell(this.doctorEvents ?? examination(profile, checks), receive);
    return this.next++;
  }
  async cancelDoctor(job: number) {
    this.note('cancelDoctor', job);
  }

  async #tell(events: DoctorEvent[], receive: (event: DoctorEvent) => void): Promise<void> {
    for (const event of events) {
      await new Promise<void>((resolve) =>
        this.doctorPace > 0 ? setTimeout(resolve, this.doctorPace) : queueMicrotask(resolve),
      );
      receive(event);
    }
  }
}

/** Asks for what was not given, as the real backend does. */
export function needSecrets(profile: Profile, given: GivenSecrets): void {
  if (profile.password === 'ask' && given.password === null)
    throw fail('password-needed', 'This connection asks for its password.');
  if (profile.tls?.client?.passphrase === 'ask' && given.keyPassphrase === null)
    throw fail('passphrase-needed', 'The key of this connection has a passphrase.');
  if (profile.proxy?.password === 'ask' && given.proxyPassword === null)
    throw fail('proxy-password-needed', 'The proxy of this connection asks for a password.');
}
