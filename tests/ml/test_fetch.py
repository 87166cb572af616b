"""Bringing data from servers that speak, and fail, as the public homes do. All rows here are invented."""

import csv
import gzip
import hashlib
import io
import tarfile
import threading
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import cycle, islice, product
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
import uvicorn
from kagglesdk import kaggle_env
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from typer.testing import CliRunner, Result

from bot.cli import app
from ml import base, corpora, dataset, sources
from ml.fetch import Arrived, Bounds, FetchError, NoConnectionError, by_hand, fetch
from ml.sources import CHAT, Origin, Source, data_set

Answer = Callable[[], Response]

QUICK = Bounds(size=2**20, connect=5, read=0.3, whole=5, attempts=3, pause=0)
SOURCES = {source.name: source for source in CHAT}


class Homes:
    """A server at which every public home is a path: `http://127.0.0.1:PORT/HOST/…`."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._answers: dict[str, Iterator[Answer]] = {}
        app = Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST"])])
        config = uvicorn.Config(app, port=0, log_config=None, lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)

    @contextmanager
    def running(self) -> Iterator["Homes"]:
        started = threading.Event()
        startup = self._server.startup

        async def tell(*args: object, **options: object) -> None:
            await startup(*args, **options)  # type: ignore[arg-type]
            started.set()

        self._server.startup = tell  # type: ignore[method-assign]
        self._thread.start()
        assert started.wait(30)
        yield self
        self._server.should_exit = True
        self._thread.join()

    @property
    def address(self) -> str:
        host, port = self._server.servers[0].sockets[0].getsockname()
        return f"http://{host}:{port}"

    def here(self, source: Source, rows: int) -> Source:
        """The source with its homes here, and so many rows to expect."""
        local = tuple(address.replace("https:/", self.address) for address in source.addresses)
        return replace(source, addresses=local, rows=rows)

    def give(self, address: str, *answers: bytes | Answer) -> None:
        """Answer requests for a public address with these, one after the other; with the last one for ever."""
        ready = [_plain(answer) if isinstance(answer, bytes) else answer for answer in answers]
        path = address.removeprefix(self.address).removeprefix("https:/")
        self._answers[path] = iter([*ready[:-1], *islice(cycle(ready[-1:]), 100)])

    async def _answer(self, request: Request) -> Response:
        path = request.url.path
        self.asked.append(path)
        return next(self._answers[path])() if path in self._answers else Response(status_code=404)


def _plain(content: bytes) -> Answer:
    return lambda: Response(content, media_type="text/plain")


def _status(code: int) -> Answer:
    return lambda: Response(status_code=code)


def _redirect(address: str, sha256: str) -> Answer:
    """As Hugging Face sends to where a large file is."""
    return lambda: RedirectResponse(address, 302, {"X-Linked-Etag": f'"{sha256}"'})


def _cut(content: bytes) -> Answer:
    """Promises more bytes than it sends."""

    async def body() -> AsyncIterator[bytes]:
        yield content

    return lambda: StreamingResponse(body(), headers={"Content-Length": str(len(content) + 1_000)})


def _endless(stop: threading.Event, chunk: bytes, pause: float) -> Answer:
    """Sends without end, pausing after each chunk."""

    async def body() -> AsyncIterator[bytes]:
        import anyio

        while not stop.is_set():
            yield chunk
            await anyio.sleep(pause)

    return lambda: StreamingResponse(body())


@pytest.fixture(scope="module")
def server() -> Iterator[Homes]:
    with Homes().running() as homes:
        yield homes


@pytest.fixture
def homes(server: Homes, monkeypatch: pytest.MonkeyPatch) -> Homes:
    for name in ("HF_ENDPOINT", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server.asked.clear()
    server._answers.clear()
    return server


@contextmanager
def no_bar(name: str) -> Iterator[Callable[[str, float], None]]:
    yield lambda stage, share: None


def bring(source: Source, folder: Path, bounds: Bounds = QUICK) -> Arrived | None:
    return fetch(source, folder, no_bar, bounds)


def written(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["label_name"]) for row in csv.DictReader(file)]


def _zip(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("all/readme.txt", "read me")
        archive.writestr(name, content)
    return packed.getvalue()


def _tar(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for path, data in (("ed/valid.csv", b"not this one"), (name, content)):
            member = tarfile.TarInfo(path)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return packed.getvalue()


def _parquet(rows: list[tuple[str, int]]) -> bytes:
    packed = io.BytesIO()
    texts, labels = zip(*rows, strict=True)
    pyarrow.parquet.write_table(pyarrow.table({"text": texts, "label": labels}), packed)
    return packed.getvalue()


SEMEVAL_HEAD = "ID\tTweet\tanger\tanticipation\tdisgust\tfear\tjoy\tlove\toptimism\tpessimism\tsadness\tsurprise\ttrust"
ISEAR_HEAD = "ID|EMOT|Field1|Field3|Field2|MYKEY|SIT|STATE|"

FORMS: dict[str, tuple[tuple[bytes, ...], list[tuple[str, str]]]] = {
    "goemotions": (
        ('Grand, "the" bus left\t1,3\tx1\nWhat a cake 🎂\t2\tx2\n'.encode(), b"love\nannoyance\njoy\nneutral"),
        [('Grand, "the" bus left', "annoyance,neutral"), ("What a cake 🎂", "joy")],
    ),
    "tweeteval": (
        ('the pier at\u2028dawn 🌅 \nwho ate my "soup"\n'.encode(), b"1\n0\n", b"0\tanger\n1\tjoy\n2\toptimism"),
        [("the pier at\u2028dawn 🌅", "joy"), ('who ate my "soup"', "anger")],
    ),
    "semeval2018": (
        (
            _zip(
                "all/English/E-c/2018-E-c-En-train.txt",
                f'{SEMEVAL_HEAD}\r\nA-1\tmy "kite" flew off\t1\t0\t0\t0\t0\t0\t0\t0\t1\t0\t0\r\n'
                "A-2\tkite shop opens at nine\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\r\n".encode(),
            ),
        ),
        [('my "kite" flew off', "anger,sadness"), ("kite shop opens at nine", "neutral")],
    ),
    "empatheticdialogues": (
        (
            _tar(
                "ed/train.csv",
                b"conv_id,utterance_idx,context,prompt,speaker_idx,utterance,selfeval,tags\n"
                b'c:1,1,proud,My goat_comma_ "Bo"_comma_ won.,7,She won!,5|5|5,\n'
                b"c:1,2,proud,My goat_comma_ Bo_comma_ won.,8,Well done,5|5|5,\n"
                b"c:2,1,terrified,The lift fell a floor.,9,Oh no,5|5|5,\n",
            ),
        ),
        [('My goat, "Bo", won.', "proud"), ("The lift fell a floor.", "terrified")],
    ),
    "meld": (
        ('Sr No.,Utterance,Speaker,Emotion\n1,"It\x92s late, come in!",Ann,joy\n2,No.,Bob,neutral\n'.encode(),),
        [("It’s late, come in!", "joy"), ("No.", "neutral")],
    ),
    "emorynlp": (
        (b"Utterance,Speaker,Emotion,Scene_ID\n\"Oh, you.\",['Ann'],Peaceful,1\nGive it back!,['Bob'],Mad,1\n",),
        [("Oh, you.", "Peaceful"), ("Give it back!", "Mad")],
    ),
    "crowdflower": (
        (b'tweet_id,sentiment,author,content\n1,worry,ann,"rain, on the tent"\n2,fun,bob,mud &amp; boots\n',),
        [("rain, on the tent", "worry"), ("mud &amp; boots", "fun")],
    ),
    "isear": (
        (
            f"{ISEAR_HEAD}\n1|1|joy|4|3|k1|When the ferry á came | at last.|1|\n1|2|fear|4|3|k2|[ No response.]|1|\n"
            "1|7|guilt|4|3|k3|I broke Ána's cup.|1|\n".encode(),
        ),
        [("When the ferry came | at last.", "joy"), ("I broke Ána's cup.", "guilt")],
    ),
}  # fmt: skip


@pytest.fixture
def tweets(homes: Homes) -> Source:
    """TweetEval with its home here and well."""
    source = homes.here(SOURCES["tweeteval"], 2)
    for address, content in zip(source.addresses, FORMS["tweeteval"][0], strict=True):
        homes.give(address, content)
    return source


@pytest.mark.parametrize("name", FORMS)
def test_a_corpus_comes_in_its_public_form_and_is_written_in_ours(homes: Homes, tmp_path: Path, name: str) -> None:
    public, ours = FORMS[name]
    source = homes.here(SOURCES[name], len(ours))
    for address, content in zip(source.addresses, public, strict=True):
        homes.give(address, content)
    arrived = bring(source, tmp_path)
    assert arrived is not None
    assert (arrived.path, arrived.rows, arrived.bad) == (tmp_path / source.target, len(ours), 0)
    assert list(arrived.sha256.values()) == [hashlib.sha256(content).hexdigest() for content in public]
    assert written(arrived.path) == ours
    assert {path.name for path in tmp_path.iterdir()} == {"chat"}
    samples, unclear = corpora.load(str(source.corpus), tmp_path / "chat")
    assert sorted([*samples.texts, *unclear]) == sorted(text for text, _ in ours)


def test_every_corpus_has_a_home_and_a_public_form_here() -> None:
    assert {source.corpus for source in CHAT} == set(corpora.CORPORA)
    assert set(FORMS) == {source.corpus for source in CHAT}
    for name, corpus in corpora.CORPORA.items():
        for file in corpus.files:
            assert SOURCES[name].target == f"chat/{file}.csv"
    for source in (*CHAT, *data_set("huggingface"), *data_set("kaggle")):
        assert all(address.startswith(("https://", "kaggle:")) for address in source.addresses)


def test_what_is_there_is_not_brought_again(homes: Homes, tweets: Source, tmp_path: Path) -> None:
    assert bring(tweets, tmp_path) is not None
    asked = len(homes.asked)
    assert bring(tweets, tmp_path) is None
    assert len(homes.asked) == asked == 3


ROWS = [
    (f"i feel like goat {name}", number % 6) for number, name in enumerate(map("".join, product("abcde", repeat=3)))
]


def test_the_data_set_comes_from_hugging_face_and_can_train(
    homes: Homes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", f"{homes.address}/hub/")
    parts = {
        "unsplit/train": ROWS,
        "split/train": ROWS[:90],
        "split/validation": ROWS[90:100],
        "split/test": ROWS[100:],
    }
    for (name, rows), source in zip(parts.items(), data_set("huggingface"), strict=True):
        content = _parquet(rows)
        stored = f"{homes.address}/cdn/{name}?signature=secret"
        path = f"/hub/datasets/dair-ai/emotion/resolve/main/{name}-00000-of-00001.parquet"
        homes.give(path, _redirect(stored, hashlib.sha256(content).hexdigest()))
        homes.give(f"/cdn/{name}", content)
        arrived = bring(replace(source, rows=len(rows)), tmp_path)
        assert arrived is not None
        assert arrived.rows == len(rows)
    data = dataset.load(tmp_path / "emotions")
    assert [file.role for file in data.files] == ["measures", "trains", "chooses", "trains"]
    assert data.train.texts
    assert not {text for text, _ in ROWS[90:]} & set(data.train.texts)
    assert base.load(tmp_path).rows["data set"] == len(data.train)


def test_another_sha256_than_promised_is_another_file(
    homes: Homes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", f"{homes.address}/hub")
    source = replace(data_set("huggingface")[3], rows=5)
    homes.give(source.addresses[0], _redirect(f"{homes.address}/cdn/file", "0" * 64))
    homes.give("/cdn/file", _parquet(ROWS[:5]))
    with pytest.raises(FetchError, match="sha256"):
        bring(source, tmp_path)
    assert homes.asked.count("/cdn/file") == QUICK.attempts


def test_faults_that_pass_are_waited_for(homes: Homes, tweets: Source, tmp_path: Path) -> None:
    texts, labels, mapping = FORMS["tweeteval"][0]
    homes.give(tweets.addresses[0], _status(500), _status(429), texts)
    homes.give(tweets.addresses[1], _cut(labels), labels)
    homes.give(tweets.addresses[2], _redirect(f"{homes.address}/moved", ""))
    homes.give("/moved", _status(503), mapping)
    arrived = bring(tweets, tmp_path)
    assert arrived is not None
    assert written(arrived.path) == FORMS["tweeteval"][1]


def _refused(source: Source, folder: Path, bounds: Bounds = QUICK) -> str:
    with pytest.raises(FetchError) as raised:
        bring(source, folder, bounds)
    assert not list(folder.rglob("*.csv"))
    assert not list(folder.glob(".fetch-*"))
    return str(raised.value)


@pytest.mark.parametrize("code", [401, 403, 404, 410, 500])
def test_a_home_that_refuses_is_told_with_what_to_do(homes: Homes, tweets: Source, tmp_path: Path, code: int) -> None:
    homes.give(tweets.addresses[1], _status(code))
    told = _refused(tweets, tmp_path)
    assert told == f"tweeteval: {tweets.addresses[1]} answers {code}"
    assert homes.asked.count(tweets.addresses[1].removeprefix(homes.address)) == (QUICK.attempts if code == 500 else 1)


def test_a_host_that_cannot_be_reached_is_not_tried_again(homes: Homes, tweets: Source, tmp_path: Path) -> None:
    silent: set[str] = set()
    nowhere = replace(tweets, addresses=("http://127.0.0.1:9/train_text.txt",))
    with pytest.raises(
        NoConnectionError, match=r"^tweeteval: http://127.0.0.1:9/train_text.txt cannot .* \(Connection"
    ):
        fetch(nowhere, tmp_path, no_bar, QUICK, silent)
    assert silent == {"127.0.0.1:9"}
    silent.add(homes.address.removeprefix("http://"))
    with pytest.raises(NoConnectionError, match=f"{tweets.addresses[0]} cannot be reached$"):
        fetch(tweets, tmp_path, no_bar, QUICK, silent)
    assert homes.asked == []


def test_a_body_that_is_cut_every_time_is_refused(homes: Homes, tweets: Source, tmp_path: Path) -> None:
    homes.give(tweets.addresses[0], _cut(FORMS["tweeteval"][0][0]))
    assert "cannot be downloaded whole (peer closed connection" in _refused(tweets, tmp_path)


@pytest.mark.parametrize(
    ("chunk", "pause", "bounds", "reason"),
    [
        (b"x", 60, QUICK, "cannot be downloaded whole (timed out)"),
        (b"x", 0.01, replace(QUICK, whole=0.2, attempts=1), "took longer than"),
        (b"x" * 2**16, 0, QUICK, "is larger than 1 MiB"),
    ],
    ids=["silence", "trickle", "flood"],
)
def test_a_body_without_end_is_given_up(
    homes: Homes, tweets: Source, tmp_path: Path, chunk: bytes, pause: float, bounds: Bounds, reason: str
) -> None:
    stop = threading.Event()
    homes.give(tweets.addresses[0], _endless(stop, chunk, pause))
    told = _refused(tweets, tmp_path, bounds)
    stop.set()
    assert reason in told


def test_a_body_that_announces_too_much_is_not_downloaded(homes: Homes, tweets: Source, tmp_path: Path) -> None:
    homes.give(tweets.addresses[0], lambda: Response(b"x" * 2**21))
    assert "is larger than 1 MiB" in _refused(tweets, tmp_path)


PAGE = b"<!doctype html><title>Sign in to the Wi-Fi</title>\n"
WRONG = {
    "goemotions": PAGE,
    "tweeteval": PAGE,
    "semeval2018": PAGE,
    "empatheticdialogues": PAGE,
    "meld": PAGE,
    "isear": PAGE,
}


@pytest.mark.parametrize("name", WRONG)
def test_another_content_is_refused(homes: Homes, tmp_path: Path, name: str) -> None:
    source = homes.here(SOURCES[name], 2)
    for address in source.addresses:
        homes.give(address, WRONG[name])
    assert "it is not what it should be" in _refused(source, tmp_path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("semeval2018", _zip("all/Spanish/train.txt", b"")),
        ("semeval2018", FORMS["semeval2018"][0][0][:-30]),
        ("empatheticdialogues", _tar("ed/test.csv", b"")),
        ("empatheticdialogues", FORMS["empatheticdialogues"][0][0][:-30]),
        ("empatheticdialogues", gzip.compress(b"no tar", mtime=0)),
        ("meld", b"Utterance,Emotion\nHello.,envy\nYes.,joy\n"),
        ("meld", b"Utterance,Emotion\nHello.,joy\n"),
        ("meld", b"Utterance,Emotion\n" + b"Hello.,joy\n" * 9),
        ("meld", b'Utterance,Emotion\n"' + b"x" * 200_000 + b"\n"),
        ("crowdflower", b"id,feeling,words\n1,worry,rain\n2,fun,mud\n"),
        ("isear", f"{ISEAR_HEAD}\n1|1|joy\n1|1|joy|4|3|k1|The ferry.|1|\n".encode()),
    ],
    ids=[
        "zip without the file",
        "zip cut off",
        "tar without the file",
        "tar cut off",
        "gzip without a tar",
        "meld of unknown emotion",
        "meld of one row",
        "meld of nine rows",
        "meld with a huge field",
        "crowdflower of other columns",
        "isear of other columns",
    ],
)
def test_damaged_or_changed_files_are_refused(homes: Homes, tmp_path: Path, name: str, content: bytes) -> None:
    source = homes.here(SOURCES[name], 2)
    homes.give(source.addresses[0], content)
    told = _refused(source, tmp_path)
    assert "it is not what it should be" in told
    assert "Hello" not in told


def test_a_few_bad_rows_are_left_out_and_counted(homes: Homes, tmp_path: Path) -> None:
    source = homes.here(SOURCES["meld"], 200)
    good = "".join(f"{number},goat {number},Ann,joy,positive\n" for number in range(199))
    homes.give(source.addresses[0], f"Sr No.,Utterance,Speaker,Emotion,Sentiment\n0,,Ann,joy,positive\n{good}".encode())
    arrived = bring(source, tmp_path)
    assert arrived is not None
    assert (arrived.rows, arrived.bad) == (199, 1)


def test_files_downloaded_by_hand_are_used(homes: Homes, tmp_path: Path) -> None:
    source = homes.here(SOURCES["tweeteval val"], 2)
    place = tmp_path / "downloads" / "tweeteval-val"
    place.mkdir(parents=True)
    for address, content in zip(source.addresses, FORMS["tweeteval"][0], strict=True):
        (place / address.rpartition("/")[2]).write_bytes(content)
    arrived = bring(source, tmp_path)
    assert arrived is not None
    assert written(arrived.path) == FORMS["tweeteval"][1]
    assert homes.asked == []
    assert len(list(place.iterdir())) == 3


def test_a_wrong_file_downloaded_by_hand_is_named(tmp_path: Path) -> None:
    path = by_hand(SOURCES["isear"], SOURCES["isear"].addresses[0], tmp_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(PAGE)
    with pytest.raises(FetchError) as raised:
        bring(SOURCES["isear"], tmp_path)
    assert str(raised.value) == (
        "isear: it is not what it should be: no columns Field1 and SIT between bars; "
        f"it was read from {tmp_path}/downloads/isear/isear.csv, so remove that"
    )


def test_a_licence_that_could_not_be_read_is_not_made_up() -> None:
    card = (Path(__file__).parents[2] / "docs" / "model-card.md").read_text(encoding="utf-8")
    (row,) = (line for line in card.splitlines() if line.startswith("| ISEAR "))
    assert "none on its page that could be read" in row
    assert SOURCES["isear"].licence.startswith("none that could be read")


@pytest.fixture
def kaggle(homes: Homes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    """Kaggle with its API here, where nobody has signed in."""
    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.PROD, f"{homes.address}/kaggle")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("KAGGLE_API_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_API_ENVIRONMENT", "KAGGLE_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    homes.give(GET, lambda: JSONResponse({"ownerRef": "nelgiriyewithana", "currentVersionNumber": 1}))
    (source,) = data_set("kaggle")
    return replace(source, rows=len(ROWS))


GET = "/kaggle/v1/datasets.DatasetApiService/GetDataset"
DOWNLOAD = "/kaggle/v1/datasets.DatasetApiService/DownloadDataset"
TEXT_CSV = b",text,label\n" + b"".join(f"{n},{text},{label}\n".encode() for n, (text, label) in enumerate(ROWS))


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "zipped"])
def test_the_data_set_comes_from_kaggle(homes: Homes, kaggle: Source, tmp_path: Path, packed: bool) -> None:
    stored = "/storage/text.csv.zip" if packed else "/storage/text.csv"
    homes.give(DOWNLOAD, _redirect(f"{homes.address}{stored}", ""))
    homes.give(stored, _zip("text.csv", TEXT_CSV) if packed else TEXT_CSV)
    arrived = bring(kaggle, tmp_path / "data")
    assert arrived is not None
    assert arrived.path == tmp_path / "data" / "emotions" / "text.csv"
    assert (arrived.rows, arrived.bad) == (len(ROWS), 0)
    assert arrived.path.read_bytes() == TEXT_CSV
    assert dataset.load(tmp_path / "data" / "emotions").train.texts


def test_kaggle_s_zip_is_taken_as_it_was_downloaded_by_hand(homes: Homes, kaggle: Source, tmp_path: Path) -> None:
    archive = by_hand(kaggle, kaggle.addresses[0], tmp_path).with_name("archive.zip")
    archive.parent.mkdir(parents=True)
    archive.write_bytes(_zip("other.csv", TEXT_CSV))
    assert f"'text.csv' in the archive\"; it was read from {archive}" in _refused(kaggle, tmp_path)
    archive.write_bytes(_zip("text.csv", TEXT_CSV))
    arrived = bring(kaggle, tmp_path)
    assert arrived is not None
    assert arrived.path.read_bytes() == TEXT_CSV
    assert homes.asked == []


def test_faults_of_kaggle_that_pass_are_waited_for(homes: Homes, kaggle: Source, tmp_path: Path) -> None:
    homes.give(DOWNLOAD, _status(502), _cut(TEXT_CSV), TEXT_CSV)
    arrived = bring(kaggle, tmp_path / "data")
    assert arrived is not None
    assert arrived.rows == len(ROWS)


@pytest.mark.parametrize("code", [403, 404, 500])
def test_a_refusal_of_kaggle_is_told_with_what_to_do(homes: Homes, kaggle: Source, tmp_path: Path, code: int) -> None:
    homes.give(DOWNLOAD, _status(code))
    told = _refused(kaggle, tmp_path / "data")
    assert told == f"emotions: {kaggle.page} answers {code}"


def test_no_way_to_kaggle_is_told(kaggle: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.PROD, "http://127.0.0.1:9")
    assert f"{kaggle.page} cannot be reached" in _refused(kaggle, tmp_path / "data")


@pytest.mark.parametrize("origin", ["huggingface", "kaggle"])
def test_the_original_is_expected_whole(origin: Origin) -> None:
    assert max(source.rows for source in data_set(origin)) == 416_809


def _command(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["data", "fetch", str(folder), *options])


def test_the_command_tells_what_came_and_what_to_set(
    homes: Homes, tweets: Source, kaggle: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "CHAT", (tweets,))
    monkeypatch.setattr(sources, "data_set", {"kaggle": (kaggle,)}.__getitem__)
    homes.give(DOWNLOAD, TEXT_CSV)
    folder = tmp_path / "data"
    first = _command(folder, "--from", "kaggle")
    assert first.exit_code == 0, first.output
    assert "emotions/text.csv: 125 rows, 0 bad ones left out. Licence: education and research only" in first.stdout
    assert f"  sha256 {hashlib.sha256(FORMS['tweeteval'][0][0]).hexdigest()}  train_text.txt" in first.stdout
    assert first.stdout.endswith(f"set DATASET_DIR={folder}\n")
    assert set(base.load(folder).rows) == {"data set", "tweeteval", "corpus"}
    second = _command(folder, "--from", "kaggle")
    assert second.exit_code == 0, second.output
    assert second.stdout.count("was there already") == 2


def test_the_command_keeps_what_came_where_something_did_not(
    homes: Homes, tweets: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = homes.here(SOURCES["meld"], 2)
    monkeypatch.setattr(sources, "CHAT", (gone, tweets))
    monkeypatch.setattr(sources, "data_set", lambda origin: ())
    result = _command(tmp_path)
    assert result.exit_code == 1
    assert (tmp_path / tweets.target).exists()
    first, last = result.stderr.splitlines()
    assert first == f"meld: {gone.addresses[0]} answers 404"
    assert last.startswith(f"1 of 2 files are missing; the others are in {tmp_path}. Run this again later, or download")
    assert f"such as {tmp_path / 'downloads' / 'meld' / 'train_sent_emo.csv'}, and run this again." in last
    monkeypatch.setattr(sources, "CHAT", (gone,))
    assert "\n1 of 1 files are missing. Run" in _command(tmp_path).stderr


def test_the_command_says_that_there_is_no_network_and_what_to_do(
    kaggle: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = [replace(SOURCES[name], addresses=(f"http://127.0.0.1:9/{name}",)) for name in ("meld", "isear")]
    monkeypatch.setitem(kaggle_env._env_to_endpoint, kaggle_env.KaggleEnv.PROD, "http://127.0.0.1:9")
    monkeypatch.setattr(sources, "CHAT", tuple(nowhere))
    monkeypatch.setattr(sources, "data_set", lambda origin: (kaggle,))
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    *lines, last = _command(tmp_path).stderr.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["emotions", "meld", "isear"]
    assert max(map(len, lines)) < 120
    assert "3 of 3 files are missing. No home can be reached: is there a network?" in last
    assert f"such as {tmp_path / 'downloads' / 'emotions' / 'text.csv'}, or in Kaggle's zip" in last


def test_the_command_refuses_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    result = _command(Path("file"))
    assert result.exit_code == 2
    assert "'file' is a file." in result.stderr
    assert _command(Path("file/in")).stderr == "file/in: Not a directory\n"
