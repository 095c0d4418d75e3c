/** The account at each virtual provider that the simulator knows. */
export const SIMULATED = {
  sms: ['north', 'south'],
  voice: ['bell', 'ring'],
  email: ['post', 'mail'],
} as const;
export const API_KEY = 'dev';
export const APPLICATION_ID = '5f0e3a52-1c57-4a59-9d0d-6f1c2b7a9e10';

/** The configuration that a first start writes: one tenant, two providers for each channel, all played by the simulator. */
export function renderFirstConfig(apiKeySha256: string): string {
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
    host: 127.0.0.1
    port: \${env:CARRIER_SIM_SMTP_PORT}
    tls: none
    username: ${name}
    password: \${file:secrets/smtp-password}
    from: Watchword <codes@watchword.example>
    priority: ${priority}`;
  const [north, south] = SIMULATED.sms;
  const [bell, ring] = SIMULATED.voice;
  const [post, mail] = SIMULATED.email;
  return `# Watchword's configuration, written by the first \`npm start\`; every field is explained in docs/config.md.
# Secrets are never written here, only where they are: \${file:...} beside this file, or \${env:...}.
public_url: \${env:PUBLIC_URL}
http:
  host: 127.0.0.1
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
      - { id: dev, sha256: ${apiKeySha256} }
    channels: [sms, voice, email]
# The carrier simulator plays all of these; put real accounts in their place.
providers:${vonage(north, 'vonage-messages', 10, 'Watchword')}${vonage(south, 'vonage-messages', 20, 'Watchword')}${vonage(bell, 'vonage-voice', 10, '"+4915550100"')}${vonage(ring, 'vonage-voice', 20, '"+4915550101"')}${smtp(post, 10)}${smtp(mail, 20)}
log:
  level: warn
`;
}
