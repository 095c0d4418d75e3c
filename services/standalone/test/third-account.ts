/** A third account for texts; the simulator plays it by a provider of calls, which takes both. */
export const THIRD_SMS = `
  - name: third
    type: vonage-messages
    api_host: \${env:CARRIER_SIM_URL}/p/bell
    api_key: dev
    api_secret: \${file:secrets/vonage-secret}
    application_id: 5f0e3a52-1c57-4a59-9d0d-6f1c2b7a9e10
    private_key: \${file:secrets/vonage-key.pem}
    signature_secret: \${file:secrets/vonage-signature}
    from: Watchword
    priority: 30
`;
