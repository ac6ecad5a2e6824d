// What every page does: copy buttons, and keys that move from finding to finding. It works without, too.
"use strict";
(function () {
  function copyText(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    // A page opened from a file may have no clipboard; a selection still copies.
    var area = document.createElement("textarea");
    area.value = text;
    area.style.position = "fixed";
    area.style.opacity = "0";
    document.body.appendChild(area);
    area.select();
    var done = document.execCommand("copy");
    area.remove();
    return done ? Promise.resolve() : Promise.reject(new Error("not copied"));
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("button.copy");
    if (!button) return;
    var source = button.parentElement.querySelector("code, pre");
    var label = button.textContent;
    function say(word) {
      button.textContent = word;
      setTimeout(function () { button.textContent = label; }, 1600);
    }
    copyText(source.textContent).then(function () { say("Copied"); }, function () {
      window.getSelection().selectAllChildren(source);
      say("Selected");
    });
  });

  var stops = Array.prototype.slice.call(document.querySelectorAll(".stop"));
  var current = -1;

  function go(step) {
    if (!stops.length) return;
    var at = stops.indexOf(document.activeElement && document.activeElement.closest(".stop"));
    if (at < 0) at = current;
    current = at < 0 ? (step > 0 ? 0 : stops.length - 1) : Math.max(0, Math.min(stops.length - 1, at + step));
    var stop = stops[current];
    stops.forEach(function (other) { other.classList.toggle("current", other === stop); });
    stop.focus({ preventScroll: true });
    stop.scrollIntoView({ block: "start" });
  }

  var keys = document.getElementById("keys");
  function showKeys() { if (!keys.open) keys.showModal(); }
  var help = document.querySelector("button.help");
  if (help) help.addEventListener("click", showKeys);

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea")) return;
    if (event.key === "n") go(1);
    else if (event.key === "p") go(-1);
    else if (event.key === "?") showKeys();
    else return;
    event.preventDefault();
  });
})();
