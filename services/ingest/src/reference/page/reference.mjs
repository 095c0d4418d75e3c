// Everything comes from the deployment itself: its document, and calls to it.
const { SwaggerUIBundle } = window;

SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#reference',
  presets: [SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  // would send the document to somebody else
  validatorUrl: null,
});
