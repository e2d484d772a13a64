// What our pages do better with script; everything works without.
"use strict";

/** Show each button that copies a field, and say when it has. */
function offerCopies() {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const field = document.getElementById(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(field.value);
        announce("Copied to the clipboard");
        button.textContent = "Copied";
      } catch {
        field.select();
        announce("Selected; press Ctrl+C to copy");
      }
    });
  }
}

/** Tell a screen reader what has happened. */
function announce(text) {
  let place = document.getElementById("announcement");
  if (!place) {
    place = document.createElement("p");
    place.id = "announcement";
    place.className = "sr";
    place.setAttribute("role", "status");
    document.querySelector("main").append(place);
  }
  place.textContent = text;
}

/**
 * Show moments in the browser's own time zone, with its name; the one in UTC becomes the title.
 * A distance, as "3 hours ago", keeps its words and has both in its title.
 */
function localTimes() {
  const format = new Intl.DateTimeFormat("en-GB", {
    day: "numeric", month: "short", year: "numeric",
    hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short",
  });
  for (const time of document.querySelectorAll("time[datetime]")) {
    const local = format.format(new Date(time.dateTime));
    if ("moment" in time.dataset) [time.title, time.textContent] = [time.textContent, local];
    else time.title = `${local} (${time.title})`;
  }
}

/** Show what only works with script. */
function showScripted() {
  for (const part of document.querySelectorAll("[data-scripted]")) part.hidden = false;
}

/** Find scopes by name, sentence or endpoint; what is ticked stays in sight. */
function findScopes() {
  const field = document.getElementById("find");
  if (!field) return;
  const boxes = [...document.querySelectorAll("[data-scope]")];
  const show = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const box of boxes) {
      const text = `${box.dataset.scope} ${box.dataset.find}`.toLowerCase();
      const fits = words.every((word) => text.includes(word));
      if (fits) found += 1;
      box.hidden = !fits && !box.querySelector("input").checked;
    }
    for (const line of document.querySelectorAll(".matrix tbody tr, .jobs li"))
      line.hidden = !line.querySelector("[data-scope]:not([hidden])");
    document.getElementById("found").textContent = words.length ? `${found} found` : "";
  };
  field.addEventListener("input", show);
}

/** Let the server say anew what the key can do, whenever a choice changes. */
function previewKey() {
  const form = document.querySelector(".new-key");
  if (!form) return;
  let asked = 0;
  form.addEventListener("change", async (event) => {
    const turn = ++asked;
    const body = new URLSearchParams(new FormData(form));
    body.set("preview", "yes");
    const answer = await fetch(form.action, { method: "POST", body });
    if (!answer.ok || turn !== asked) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const parts = [".summary h2 + div", ".summary details"];
    if (event.target.name === "find_object") parts.push("#objects");
    for (const part of parts) {
      const now = form.querySelector(part);
      const then = page.querySelector(part);
      if (now && then) {
        if (now.open) then.open = true;
        now.replaceWith(then);
      } else if (then) form.querySelector(".summary").append(then);
      else if (now) now.remove();
    }
    for (const box of form.querySelectorAll("[data-scope]")) include(box, page);
  });
}

/** Tick what a chosen scope includes, as the server says. */
function include(box, page) {
  const input = box.querySelector("input");
  const said = page.getElementById(input.id);
  if (!said || said.disabled === input.disabled) return;
  input.disabled = said.disabled;
  input.checked = said.checked;
  box.querySelector("label").replaceWith(said.parentElement.querySelector("label"));
}

/** Say of a new password, while it is typed, what the server will say of it. */
function judgePasswords() {
  for (const field of document.querySelectorAll("input[autocomplete=new-password]")) {
    const verdict = document.createElement("p");
    verdict.className = "hint";
    verdict.setAttribute("role", "status");
    field.after(verdict);
    let waiting = 0;
    field.addEventListener("input", () => {
      clearTimeout(waiting);
      if (!field.value) verdict.textContent = "";
      else waiting = setTimeout(judge, 500);
    });
    const judge = async () => {
      const password = field.value;
      const answer = await fetch("/api/v2/users/validate-password", {
        method: "POST",
        // Anybody may ask, so who is signed in need not be said.
        credentials: "omit",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ password }),
      });
      if (!answer.ok || password !== field.value) return;
      const { valid, details } = await answer.json();
      verdict.textContent = valid ? "Good enough." : details;
    };
  }
}

/** Ask again how far a task is, while it runs. */
function followJob() {
  const place = document.querySelector("[data-follow]");
  if (!place) return;
  setTimeout(async () => {
    const answer = await fetch(location.href).catch(() => null);
    if (answer && answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = page.getElementById(place.id);
      if (now) place.replaceWith(now);
    }
    followJob();
  }, 2000);
}

/**
 * Press the button of GitHub's code as often as GitHub allows, until the code was typed there.
 * There is one question at a time, whoever presses: a code is good once.
 */
function followDevice() {
  const find = (page) => page.getElementById("device");
  if (!find(document)) return;
  let timer;
  let isAsking = false;
  let wasPressed = false;

  const show = (page) => {
    document.title = page.title;
    document.querySelector("main").replaceWith(page.querySelector("main"));
    document.querySelector("main").focus();
  };

  const wait = () => {
    timer = setTimeout(ask, find(document).dataset.interval * 1000);
  };

  const ask = async () => {
    if (isAsking) return;
    isAsking = true;
    clearTimeout(timer);
    const form = find(document);
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
      if (answer.redirected) {
        location.assign(answer.url);
        return;
      }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const goesOn = answer.ok && find(page);
      if (wasPressed || !goesOn) show(page);
      if (goesOn) wait();
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
  wait();
}

/**
 * Show the API's document. Requests bring the key that was entered and nothing else: with the
 * session cookie of the browser beside it, the API would refuse every write.
 */
function showDocumentation() {
  const place = document.getElementById("documentation");
  if (!place) return;
  SwaggerUIBundle({
    url: place.dataset.document,
    domNode: place,
    deepLinking: true,
    requestInterceptor: (request) => ({ ...request, credentials: "omit" }),
  });
}

offerCopies();
localTimes();
showScripted();
findScopes();
previewKey();
judgePasswords();
followJob();
followDevice();
// Swagger UI comes after this script; both are there then.
document.addEventListener("DOMContentLoaded", showDocumentation);
