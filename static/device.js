"use strict";

// Presses the button as often as GitHub allows, until the code was typed there. There is one
// question at a time, whoever presses: a code is good once. Without JavaScript people press it.
const find = (page) => page.getElementById("device");

let timer;
let isAsking = false;
let wasPressed = false;

const show = (page) => {
  document.title = page.title;
  document.querySelector("main").replaceWith(page.querySelector("main"));
  document.querySelector("main").focus();
};

const ask = async () => {
  if (isAsking) return;
  isAsking = true;
  clearTimeout(timer);
  const form = find(document);
  try {
    const response = await fetch(form.action, { method: "POST", body: new FormData(form) });
    if (response.redirected) {
      location.assign(response.url);
      return;
    }
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const next = response.ok && find(page);
    if (wasPressed || !next) show(page);
    if (next) timer = setTimeout(ask, next.dataset.interval * 1000);
  } catch {
    // Without an answer the page stays as it is, and so does its button.
    if (wasPressed) form.submit();
  }
  isAsking = wasPressed = false;
};

document.addEventListener("submit", (event) => {
  if (event.target !== find(document)) return;
  event.preventDefault();
  wasPressed = true;
  ask();
});

if (find(document)) timer = setTimeout(ask, find(document).dataset.interval * 1000);
