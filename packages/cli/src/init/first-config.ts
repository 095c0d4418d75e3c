/** The account at each virtual provider that the simulator knows. */
export const SIMULATED = {
  sms: ['north', 'south'],
  voice: ['bell', 'ring'],
  email: ['post', 'mail'],
} as const;
export const API_KEY = 'dev';
export const APPLICATION_ID = '5f0e3a52-1c57-4a59-9d0d-6f1c2b7a9e10';

/** Where the processes of a first configuration run. */
export interface Surroundings {
  /** The address that services listen on. */
  listen: string;
  /** Where the simulator's SMTP is. Its HTTP is named by `CARRIER_SIM_URL`. */
  simulatorHost: string;
  logLevel: 'info' | 'warn';
}

/** Everything on this machine, as `npm start` has it; its log is a file for what is wrong. */
export const ON_LOOPBACK: Surroundings = { listen: '127.0.0.1', simulatorHost: '127.0.0.1', logLevel: 'warn' };

/** The configuration that a first start writes: one tenant, two providers for each channel, all played by the simulator. */
export function renderFirstConfig(apiKeySha256: string, { listen, simulatorHost, logLevel }: Surroundings): string {
  const vonage = (name: string, type: string, priority: number, from: string): string => `
  - name: ${name}
    type: ${type}
    api_host: \${env:CARRIER_SIM_URL}/p/${name}
    api_key: ${API_KEY}
    api_secret: \${file:secrets/vonage-secret}
    application_id: ${APPLICATION_ID}
    private_key: \${file:secrets/vonage-key.pem}
    signature_secret: \${file:secrets/vonage-signature}
    from: ${from}
    priority: ${priority}`;
  const smtp = (name: string, priority: number): string => `
  - name: ${name}
    type: smtp
    host: ${simulatorHost}
    port: \${env:CARRIER_SIM_SMTP_PORT}
    tls: none
    username: ${name}
    password: \${file:secrets/smtp-password}
    from: Watchword <codes@watchword.example>
    priority: ${priority}`;
  const [north, south] = SIMULATED.sms;
  const [bell, ring] = SIMULATED.voice;
  const [post, mail] = SIMULATED.email;
  return `# Watchword's configuration, written by the first \`npm start\` or \`watchword init\`; every field is explained in docs/config.md.
# Secrets are never written here, only where they are: \${file:...} beside this file, or \${env:...}.
public_url: \${env:PUBLIC_URL}
http:
  host: ${listen}
  port: \${env:HTTP_PORT}
redis:
  state:
    url: \${env:REDIS_URL}
kafka:
  brokers: \${env:KAFKA_BROKERS}
keys:
  seal:
    current: k1
    keys: { k1: "\${file:secrets/seal-k1}" }
  lookup:
    current: k1
    keys: { k1: "\${file:secrets/lookup-k1}" }
  pepper:
    current: k1
    keys: { k1: "\${file:secrets/pepper-k1}" }
tenants:
  - id: demo
    name: Demo
    brand: Watchword
    api_keys:
      # sees_all opens what is told of all tenants together, with prices: no key of a customer's needs it
      - { id: dev, sha256: ${apiKeySha256}, sees_all: true }
    channels: [sms, voice, email]
# The carrier simulator plays all of these; put real accounts in their place.
providers:${vonage(north, 'vonage-messages', 10, 'Watchword')}${vonage(south, 'vonage-messages', 20, 'Watchword')}${vonage(bell, 'vonage-voice', 10, '"+4915550100"')}${vonage(ring, 'vonage-voice', 20, '"+4915550101"')}${smtp(post, 10)}${smtp(mail, 20)}
log:
  level: ${logLevel}
`;
}
