// A little plant for the scripted backend: what each topic says at a given beat. Deterministic.

export type Emission = {
  topic: string;
  payload: string | Uint8Array;
  retain: boolean;
  qos: number;
};
type Source = {
  topic: string;
  every: number;
  retain?: boolean;
  qos?: number;
  say: (beat: number) => string | Uint8Array;
};

const wave = (beat: number, scale: number, around: number) =>
  Math.round(around + scale * Math.sin(beat / 9) + ((beat * 7919) % 13));

const machine = (area: string, name: string, base: number): Source[] => [
  { topic: `${area}/${name}/status`, every: 900, retain: true, say: () => '"running"' },
  {
    topic: `${area}/${name}/spindle`,
    every: 10,
    qos: 1,
    say: (beat) =>
      `{"ts":${1795170923144 + beat * 100},"values":{"rpm":${wave(beat, 90, base)},"load":${(0.6 + (beat % 9) / 100).toFixed(2)},"temp":48.5,"tool":"T-14 / 6 mm carbide","coolant":true,"alarm":null},"axes":[1,2,3,4,5]}`,
  },
  { topic: `${area}/${name}/vibration`, every: 3, say: (beat) => `0.0${10 + (beat % 14)}` },
  {
    topic: `${area}/${name}/config`,
    every: 5000,
    retain: true,
    say: () => '{"recipe":"A-114","rev":7}',
  },
];

const SOURCES: Source[] = [
  {
    topic: '$SYS/broker/uptime',
    every: 50,
    retain: true,
    say: (beat) => `${4100 + Math.floor(beat / 10)} seconds`,
  },
  { topic: '$SYS/broker/clients/connected', every: 70, retain: true, say: () => '14' },
  ...machine('acme/munich/packaging/line-1', 'cnc-01', 11840),
  ...machine('acme/munich/packaging/line-1', 'cnc-02', 9200),
  ...machine('acme/munich/packaging/line-1', 'robot-arm-02', 1800),
  ...machine('acme/munich/packaging/line-2', 'press-07', 640),
  ...machine('acme/munich/quality', 'camera-1', 60),
  ...machine('acme/berlin/assembly', 'cnc-11', 8000),
  {
    topic: 'spBv1.0/plant-7/NDATA/edge-01',
    every: 6,
    say: (beat) => new Uint8Array([8, 200, beat % 256, 1, 0x12, 7, 0xff, 0xfe, 0x08, 0x0a]),
  },
  {
    topic: 'spBv1.0/plant-7/NBIRTH/edge-01',
    every: 3000,
    say: () => new Uint8Array([8, 1, 0xff, 0x00, 0x13]),
  },
  {
    topic: 'v1/devices/me/telemetry',
    every: 8,
    say: (beat) => `{"temperature":${(25 + (beat % 20) / 10).toFixed(1)},"humidity":60}`,
  },
  {
    topic: 'v1/devices/me/rpc/request/123',
    every: 40,
    say: (beat) => `{"method":"setSpindle","id":${beat}}`,
  },
  {
    topic: 'zigbee2mqtt/kitchen/motion',
    every: 60,
    retain: true,
    say: (beat) => `{"occupancy":${beat % 120 === 0},"battery":87}`,
  },
  { topic: 'zigbee2mqtt/bridge/state', every: 4000, retain: true, say: () => 'online' },
  { topic: 'odd//levels/with space/größe', every: 45, say: () => 'an empty level is a level' },
  {
    topic: 'odd/html',
    every: 55,
    say: () => '<img src=x onerror="alert(1)"><script>alert(2)</script>',
  },
];

/** What the plant says at this beat; at beat 0 everything speaks once. */
export function emissions(beat: number): Emission[] {
  return SOURCES.filter((source, at) => beat === 0 || (beat + at) % source.every === 0).map(
    (source) => ({
      topic: source.topic,
      payload: source.say(beat),
      retain: beat === 0 && source.retain === true,
      qos: source.qos ?? 0,
    }),
  );
}
