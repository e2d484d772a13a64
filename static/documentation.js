"use strict";

const place = document.getElementById("documentation");

// Requests bring the key that was entered and nothing else: with the session cookie of the browser
// beside it, the API would refuse every write.
SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  requestInterceptor: (request) => ({ ...request, credentials: "omit" }),
});
