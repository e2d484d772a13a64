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

/** Give each time a title in the browser's own time zone, beside the one in UTC. */
function localTimes() {
  const format = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "long" });
  for (const time of document.querySelectorAll("time[datetime]")) {
    time.title = `${format.format(new Date(time.dateTime))} (${time.title})`;
  }
}

offerCopies();
localTimes();
