// Nothing here leaves the service: no validator, no foreign font, no telemetry.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#app",
  validatorUrl: null,
  tryItOutEnabled: true,
})
