"""What the app remembers of a user."""

from gui.settings import Settings, load_settings, save_settings


def test_settings_come_back_as_they_were_written(tmp_path):
    settings = Settings(
        language="zh",
        operator="mk",
        run_folder="/runs",
        searched=("/a", "/b"),
        told=frozenset({"runs-go-on"}),
        windows={"main": "x"},
    )
    save_settings(tmp_path / "new" / "app.json", settings)
    assert load_settings(tmp_path / "new" / "app.json") == settings


def test_a_file_that_is_missing_or_spoiled_gives_those_of_a_new_user(tmp_path):
    spoiled = tmp_path / "app.json"
    assert load_settings(spoiled) == Settings()
    for text in ("{", "[1]", '{"windows": 3}', '{"searched": 4}'):
        spoiled.write_text(text, encoding="utf-8")
        assert load_settings(spoiled) == Settings()
