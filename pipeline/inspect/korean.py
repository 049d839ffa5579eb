"""The page's sentences in Korean; the same keys as in `english.py`, with the same values in them."""

from pipeline.inspect.korean_network import NETWORK

__all__ = ["TEXT"]

TEXT = {
    **NETWORK,
    "title": "내 사진 살펴보기",
    "looked_at": "{given}: 파일 {files}개를 {seconds}초 동안 읽었습니다(1초에 {rate}개)",
    "settings_default": "설정은 python -m pipeline.train의 기본값입니다",
    "settings_config": "설정은 {name}에 적힌 대로입니다",
    "settings_run": "설정은 {name}에서 학습한 그대로입니다",
    "settings_figures": "{height}×{width}픽셀, {resize}, 배치마다 {batch}장, 에포크 {epochs}번, 시드 {seed}",
    "progress": "파일을 읽는 중",
    "progress_jpeg": "손상된 JPEG을 찾는 중",
    "photos": "사진",
    "classes": "클래스",
    "broken_files": "쓸 수 없는 파일",
    "odd_files": "눈여겨볼 파일",
    "copies": "남는 복사본",
    "bytes_on_disk": "디스크 용량",
    "all": "전체",
    "split_train": "학습용",
    "split_validation": "검증용",
    "split_test": "시험용",
    "percent": "{figure}%",
    "class": "클래스",
    "label": "라벨",
    "share": "비율",
    "total": "합계",
    "file": "파일",
    "reason": "이유",
    "moved_to": "옮긴 곳",
    "and_more": "이 밖에 {count}개가 더 있습니다. 전체 목록은 inspect.json에 있습니다",
    "section_summary": "한눈에 보기",
    "section_questions": "이 페이지가 답하는 질문",
    "section_gallery": "라벨이 맞나요?",
    "section_classes": "클래스와 라벨",
    "section_problems": "쓸 수 없는 파일과 눈여겨볼 파일",
    "section_copies": "중복된 사진",
    "section_shapes": "크기, 비율, 형식",
    "section_stretch": "늘이기, 여백 두기, 잘라 내기",
    "section_augment": "증강 하나하나가 하는 일",
    "section_memory": "메모리와 캐시",
    "section_steps": "스텝, 배치, 에포크",
    "section_network": "신경망",
    "section_notes": "건너뛴 것",
    "q1": "배치 크기, 에포크, 이미지 크기, 시드는 각각 무슨 일을 하나요?",
    "a1": (
        "컴퓨터는 모든 사진을 한꺼번에 보지 않습니다. {batch}장(배치 크기)을 꺼내 조금 배우고, 다음 {batch}장을 "
        "꺼냅니다. 모든 사진을 한 바퀴 도는 것이 1에포크이고, 이 설정은 {epochs}바퀴를 돕니다. 신경망은 정해진 크기의 "
        "그림만 받기 때문에 모든 사진을 먼저 {height}×{width}픽셀로 맞춥니다. 시드({seed})는 모든 무작위의 "
        "출발점입니다. 시드가 같으면 사진 순서와 증강이 실행할 때마다 똑같습니다."
    ),
    "q2": "긴 사진을 {height}×{width} 크기로 찌그러뜨리면 데이터가 손상되는 것 아닌가요?",
    "a2": (
        "네, 모양은 실제로 망가집니다. 아래는 내 사진 가운데 가장 많이 변하는 것들입니다. stretch는 모양을 "
        "일그러뜨리고, pad는 사진 전체를 그대로 두는 대신 옆에 띠를 두르고, crop은 모양을 지키는 대신 가장자리를 "
        "잃습니다. 가장 심한 사진은 {worst}배 일그러지고, {count}장 가운데 {many}장이 4분의 1 넘게 일그러집니다. "
        "그래서 결과가 나빠지는지는 재 봐야 압니다. 노트북의 신경망을 사진 1,000장으로 학습했을 때(15에포크, 시드 3개) "
        "정확도(평균 ± 표준편차)는 stretch {accuracy_stretch}, crop {accuracy_crop}, pad {accuracy_pad}였습니다. "
        "모양보다 시드에 따른 차이가 더 큽니다."
    ),
    "q3": "증강 인자 하나하나는 내 사진에 무슨 일을 하나요?",
    "a3": (
        "아래 한 줄은 인자 하나만 양쪽 끝까지 적용한 모습입니다. 실제 학습에서는 모든 인자를 한꺼번에, 사진마다 "
        "에포크마다 새로 뽑습니다. 마지막 그림이 그렇게 뽑은 16장입니다. 디스크에 있는 파일은 바뀌지 않고, 검증용 "
        "사진에는 증강을 하지 않습니다."
    ),
    "q4": "어느 클래스가 0번인가요?",
    "a4": "폴더 이름이 클래스이고, 이름을 정렬한 순서가 번호입니다: {labels}. 신경망은 이름이 아니라 번호만 봅니다.",
    "q5": "두 종류만 되나요? 네 종류는 어떻게 하나요?",
    "a5": "폴더를 더 만들면 됩니다. 마지막 층과 손실 함수는 폴더 수에 맞춰 알아서 바뀝니다. 지금은 이렇습니다: {head}.",
    "a5_one_class": (
        "폴더를 더 만들면 됩니다. 마지막 층과 손실 함수는 폴더 수에 맞춰 알아서 바뀝니다. 지금은 클래스가 하나뿐인데, "
        "분류하려면 둘 이상이 필요합니다."
    ),
    "q7": "검증용 사진은 왜 크기만 맞추고 증강하지 않나요?",
    "a7": (
        "신경망이 얼마나 잘하는지 재는 자이기 때문입니다. 자는 흔들리면 안 되므로 크기와 값의 범위만 맞추고 끝입니다."
    ),
    "q10": "사진을 모두 한꺼번에 숫자로 바꾸나요?",
    "a10": (
        "아닙니다. {batch}장씩, 배치 단위로 바꿉니다. 예외는 메모리 캐시인데, 이때도 사진을 소수(float32, 값 "
        "하나에 4바이트)가 아니라 작은 정수(uint8, 값 하나에 1바이트)로 보관합니다. 내 사진 {count}장이 각각 얼마나 "
        "차지하는지는 표에 있습니다."
    ),
    "q11": "steps_per_epoch와 validation_steps는 무슨 뜻이고, 꼭 적어야 하나요?",
    "a11": (
        "스텝 하나가 배치 하나입니다. 그래서 한 에포크의 스텝 수는 사진 수를 배치 크기로 나누어 올림한 값입니다. 직접 "
        "적을 필요는 없습니다. 이 패키지의 데이터는 자기 길이를 알고 있습니다."
    ),
    "q15": "rescale은 무슨 일을 하나요?",
    "a15": (
        "사진의 숫자는 0(검정)부터 255(하양)까지입니다. rescale은 이 숫자 하나하나에 같은 값을 곱합니다. 이 설정에서 "
        "곱하는 값은 {rescale}이고, 곱한 결과는 128이면 {middle}, 255이면 {white}입니다. 숫자가 작아야 신경망이 더 "
        "쉽게 배웁니다. 학습, 검증, 예측에서 모두 같은 값을 곱해야 합니다. 그러지 않으면 신경망은 배운 적 없는, 훨씬 "
        "어둡거나 밝은 사진을 보게 됩니다."
    ),
    "a15_none": (
        "사진의 숫자는 0(검정)부터 255(하양)까지입니다. rescale은 이 숫자 하나하나에 같은 값을 곱하는데, 예를 들어 "
        "1/255을 곱하면 255가 1이 됩니다. 이 설정에는 rescale이 없습니다(null). 신경망이 0부터 255까지의 숫자를 "
        "그대로 받아 스스로 바꾸거나, 처음부터 그런 숫자에 맞게 만들어졌습니다."
    ),
    "gallery": (
        "클래스마다 사진을 나란히 놓았습니다. 다른 폴더에 잘못 들어간 사진이 금방 눈에 띕니다. 신경망은 폴더를 그대로 "
        "믿으므로, 그런 사진은 학습하기 전에 맞는 폴더로 옮기세요."
    ),
    "gallery_count": "사진 {count}장 가운데 {shown}장",
    "gallery_classes": "클래스 {count}개 가운데 처음 {shown}개만 보입니다.",
    "labels_binary": "클래스 둘: 출력은 0과 1 사이의 값 하나(sigmoid), 손실 함수는 binary cross-entropy",
    "labels_int": "클래스마다 출력 하나(softmax), 손실 함수는 sparse categorical cross-entropy",
    "labels_categorical": "클래스마다 출력 하나(softmax), 원-핫 라벨, 손실 함수는 categorical cross-entropy",
    "labels_none": "라벨 없이 그림만",
    "labels_one_class": "클래스가 하나뿐입니다. 분류하려면 둘 이상이 필요합니다",
    "labels_not_two": "label_mode=binary에는 클래스가 둘이어야 하는데 {count}개입니다. int나 categorical을 쓰세요",
    "labels_no_class": "클래스 폴더가 없습니다. 종류마다 폴더를 하나씩 만들어 사진을 나누어 넣으세요",
    "labels_empty": "읽을 수 있는 사진이 한 장도 없는 클래스 폴더: {names}. 사진을 넣거나 폴더를 치우세요.",
    "no_photo": "학습이 읽을 수 있는 사진이 한 장도 없습니다.",
    "name_instead": "혹시 {folder} 폴더를 뜻했나요? 그 안에 {names} 폴더가 있습니다.",
    "differing": "이 클래스는 일부 폴더에만 있습니다: {names}. 학습하려면 양쪽에 같은 클래스가 있어야 합니다.",
    "uneven": (
        "사진이 가장 많은 클래스 “{large}”에는 {most}장, 가장 적은 클래스 “{small}”에는 {least}장이 있어 {ratio}배 "
        "차이가 납니다. --train.class_weight balanced를 주면 모든 클래스를 같은 비중으로 배웁니다."
    ),
    "uneven_much": (
        "클래스마다 사진 수가 크게 다릅니다. “{large}”에는 {most}장이 있는데 “{small}”에는 {least}장뿐이라 {ratio}배 "
        "차이가 납니다. 아무것도 배우지 못하고 늘 {large:“#”이라고/라고}만 답하는 신경망도 정확도가 높게 나옵니다. "
        "“{small}” 사진을 늘리거나 --train.class_weight balanced로 같은 비중을 주고, 학습한 뒤에는 정확도만 보지 말고 "
        "클래스별 재현율을 보세요."
    ),
    "none": "없음",
    "none_found": "없습니다.",
    "kind_foreign": "학습이 읽지 못하는 형식",
    "why_foreign": (
        "여기서 읽을 수 없는 형식의 사진이 있습니다. 학습은 이런 사진을 말없이 건너뜁니다. JPEG로 바꿔 주세요. "
        "아이폰은 설정 → 카메라 → 포맷 → ‘높은 호환성’을 고르면 앞으로 JPEG로 찍습니다."
    ),
    "foreign_format": "{extension} 형식은 여기서 읽지 못합니다",
    "kind_unreadable": "읽을 수 없는 파일",
    "why_unreadable": (
        "그림이 아니거나 깨졌습니다. 그대로는 학습이 시작되지 않고, on_error=skip을 주면 빼고 학습합니다."
    ),
    "kind_truncated": "끝이 잘린 파일",
    "why_truncated": "파일의 끝부분이 없습니다. 내려받다가 끊긴 경우가 많으니 다시 받으세요.",
    "kind_too_large": "max_pixels보다 큰 그림",
    "why_too_large": (
        "픽셀 수가 image.max_pixels를 넘거나 넘는다고 적혀 있어서 압축을 풀지 않았습니다. 몇 바이트짜리 파일도 "
        "메모리에 다 들어가지 않을 크기를 내세울 수 있기 때문입니다. 멀쩡한 사진이라면 더 작게 저장하거나 "
        "image.max_pixels를 올리세요. 그대로는 학습이 시작되지 않고, on_error=skip을 주면 빼고 학습합니다."
    ),
    "kind_refused": "메모리에 다 들어가지 않는 파일",
    "why_refused": "이렇게 큰 파일은 읽지 않습니다. 아니면 압축을 풀 메모리가 모자랐습니다.",
    "kind_damaged": "손상되었지만 읽히는 파일",
    "why_damaged": "읽히기는 하지만 저장할 때와 다른 바이트가 있습니다. 그림이 온전한지 눈으로 확인하세요.",
    "kind_mislabelled": "확장자가 틀린 파일",
    "why_mislabelled": "이름과 실제 형식이 다릅니다. 여기서는 내용을 보고 읽으므로 문제가 되지 않습니다.",
    "kind_not_listed": "학습이 읽지 않는 이름",
    "why_not_listed": "그림이지만 이름이 그림으로 읽는 확장자(.jpg, .png, .webp 등)가 아닙니다. 이름을 바꾸세요.",
    "kind_no_class": "클래스 폴더 밖에 있는 파일",
    "why_no_class": "클래스 폴더 옆에 놓인 그림입니다. 학습에는 쓰이지 않습니다.",
    "kind_animated": "움직이는 그림",
    "why_animated": "첫 장면만 씁니다.",
    "kind_sixteen_bit": "8비트를 넘는 그림",
    "why_sixteen_bit": "밝기를 256단계로 줄여서 씁니다.",
    "kind_cmyk": "인쇄용 색(CMYK)",
    "why_cmyk": "화면이 아니라 잉크를 위한 색입니다. 변환하면 다른 프로그램에서 본 색과 다를 수 있습니다.",
    "kind_tiny": "아주 작은 그림",
    "why_tiny": "한 변이 {side}픽셀보다 작습니다. 키우면 거의 뿌옇게만 보입니다.",
    "kind_huge": "아주 큰 그림",
    "why_huge": "{megapixels}백만 화소가 넘습니다. 쓸 수는 있지만 읽을 때마다 오래 걸립니다.",
    "cannot_open": "열 수 없습니다: {detail}",
    "empty": "빈 파일입니다",
    "no_picture": "알려진 그림 형식이 아닙니다",
    "is_heic": "이름과 달리 HEIC 그림입니다. JPEG로 바꿔 주세요",
    "damaged_header": "{format}처럼 시작하지만 앞부분이 깨졌거나 잘렸습니다",
    "no_permission": "읽거나 쓸 권한이 없습니다",
    "ends_early": "데이터가 중간에 끊겼습니다(“{detail}”)",
    "damaged_data": "데이터가 깨졌습니다(“{detail}”)",
    "wrong_sums": "체크섬이 맞지 않습니다(“{detail}”)",
    "jpeg_warning": "libjpeg의 경고: “{detail}”",
    "no_memory": "압축을 풀 메모리가 모자랍니다",
    "too_many_pixels": "{width}×{height} = {pixels}픽셀로, {limit}픽셀을 넘습니다",
    "too_many_pixels_claimed": "{pixels}픽셀로, {limit}픽셀을 넘습니다",
    "too_many_bytes": "{limit}\u00a0GB보다 큽니다",
    "named_otherwise": "이름은 {extension}, 내용은 {format}",
    "name_not_listed": "학습이 읽는 확장자가 아닙니다",
    "beside_classes": "클래스 폴더 밖에 있습니다",
    "frames": "장면 {count}개",
    "bits": "채널마다 {bits}비트",
    "print_colours": "CMYK 색",
    "sides": "{width}×{height}픽셀",
    "fix_hint": (
        "--fix quarantine을 붙이면 쓸 수 없는 파일을 사진 폴더 옆의 다른 폴더로 옮기고, --fix restore를 붙이면 "
        "제자리로 되돌립니다. 아무것도 지우지 않습니다."
    ),
    "skip": (
        "on_error=skip은 읽을 수 없는 사진을 빼고 학습합니다. 다만 함께 읽는 사진의 {most}까지만이고(data.max_bad), "
        "그보다 많으면 학습을 끝냅니다."
    ),
    "skip_enough": "여기서는 {count}장({split}) 가운데 {broken}장으로 {share}입니다. 학습을 계속합니다.",
    "skip_too_many": (
        "여기서는 {count}장({split}) 가운데 {broken}장으로 {share}입니다. 학습이 끝나 버립니다. 사진을 고치거나, --fix "
        "quarantine으로 옮기거나, data.max_bad를 올리세요."
    ),
    "quarantined": "쓸 수 없는 파일 {count}개를 {folder} 폴더로 옮겼습니다. --fix restore로 되돌릴 수 있습니다.",
    "not_moved": "옮기지 못했습니다: {why}",
    "place_outside": "목록에 적힌 위치가 폴더 밖입니다",
    "not_there_any_more": "옮겨 둔 폴더에 더는 없습니다",
    "behind_link": "다른 곳으로 이어지는 링크 안에 있습니다",
    "name_taken": "같은 이름의 파일이 이미 있습니다",
    "other_disk": "옮길 폴더가 다른 디스크에 있습니다",
    "system_says": "시스템 메시지: “{detail}”",
    "copies_exact": "바이트까지 같은 파일",
    "copies_near": "비슷하게 보이는 사진",
    "why_exact": "똑같은 파일이 여러 번 들어 있습니다.",
    "why_near": (
        "거의 같은 그림입니다. 다시 저장했거나, 크기를 바꿨거나, 잇달아 찍은 사진입니다. 지우기 전에 눈으로 확인하세요."
    ),
    "across_splits": "학습용과 검증용에 모두 있음",
    "across_classes": "여러 클래스에 있음",
    "why_across_splits": (
        "{count}묶음은 학습용과 검증용에 모두 들어 있습니다. 시험 문제를 미리 외운 셈이라 정확도가 실제보다 높게 "
        "나옵니다."
    ),
    "why_across_classes": "{count}묶음은 여러 클래스에 들어 있습니다. 같은 그림에 라벨이 둘이니 하나는 틀린 것입니다.",
    "groups_surplus": "{count}묶음, 남는 파일 {surplus}개",
    "groups_across_splits": "{count}묶음은 학습용과 검증용에 모두 있음",
    "groups_across_classes": "{count}묶음은 여러 클래스에 있음",
    "chart_sizes": "사진별 너비와 높이(픽셀). 십자 표시가 신경망에 들어가는 크기입니다.",
    "chart_aspect": "너비 ÷ 높이. 1보다 작으면 세로로, 크면 가로로 긴 사진입니다. 선은 신경망에 들어가는 비율입니다.",
    "chart_bytes": "파일 크기(KB)",
    "chart_formats": "형식(내용 기준)",
    "chart_modes": "색(L은 흑백, RGB는 컬러, P는 팔레트, A는 투명도)",
    "chart_orientations": "EXIF 방향. 1은 바로 선 사진이고, 나머지는 읽을 때 돌려 세웁니다",
    "same_sizes": "모든 사진이 {width}×{height}픽셀입니다.",
    "same_aspect": "모든 사진의 비율이 같습니다. 너비 ÷ 높이가 {aspect}입니다.",
    "same_bytes": "모든 파일의 크기가 {size}입니다.",
    "same_formats": "모든 사진이 {format} 파일입니다.",
    "same_modes": "모든 사진의 색 방식이 {mode}입니다(L은 회색, RGB는 컬러, P는 팔레트, A는 알파 채널).",
    "same_orientations": "모든 사진의 EXIF 방향이 {orientation}입니다(1은 똑바로, 나머지는 돌려서 읽습니다).",
    "smaller_than_square": "{count}장은 가로나 세로가 {side}픽셀보다 작아서 확대됩니다.",
    "smaller": "{count}장은 가로나 세로가 신경망에 들어가는 크기({height}×{width}픽셀)보다 작아서 확대됩니다.",
    "median_size": (
        "사진의 절반은 너비가 {width}픽셀보다 크고, 절반은 높이가 {height}픽셀보다 크고, "
        "절반은 파일이 {bytes}보다 큽니다."
    ),
    "the_photo": "원래 사진",
    "distorted": "{width}×{height}, {ratio}배 일그러짐",
    "configured": "이 설정: {resize}",
    "nothing_stretched": "보여 줄 수 있는 사진이 없습니다.",
    "augment_from_config": "이 설정에 적힌 범위입니다.",
    "augment_from_notebook": "이 설정에는 증강이 없어서 노트북의 범위로 보여 줍니다.",
    "op_rotation_range": "사진을 양쪽으로 이만큼까지 돌립니다(도)",
    "op_width_shift_range": "왼쪽이나 오른쪽으로 옮깁니다(1보다 작으면 너비에 대한 비율)",
    "op_height_shift_range": "위나 아래로 옮깁니다(1보다 작으면 높이에 대한 비율)",
    "op_brightness_range": "어둡게 하거나 밝게 합니다. 1이면 그대로입니다",
    "op_shear_range": "비스듬히 기울입니다. 단위는 도라서 0.2는 거의 티가 나지 않습니다",
    "op_zoom_range": "가까이 당기거나 멀리 밉니다. 너비와 높이를 따로 뽑기 때문에 조금 늘어나 보이기도 합니다",
    "op_channel_shift_range": "모든 밝기 값에 더하거나 뺍니다",
    "op_horizontal_flip": "두 번에 한 번꼴로 좌우를 뒤집습니다",
    "op_vertical_flip": "두 번에 한 번꼴로 위아래를 뒤집습니다",
    "op_fill_mode": (
        "사진을 옮기거나 돌리거나 줄이면 빈 곳이 생깁니다. fill_mode는 그곳을 무엇으로 채울지 정합니다. 여기서는 "
        "사진을 30% 옮기고 네 가지 방법으로 채웠습니다."
    ),
    "fill_nearest": "nearest: 가장자리의 픽셀을 되풀이",
    "fill_constant": "constant: 한 가지 값(cval)",
    "fill_reflect": "reflect: 거울처럼 뒤집은 사진",
    "fill_wrap": "wrap: 사진의 반대쪽",
    "unchanged": "그대로",
    "off": "뒤집지 않음",
    "on": "뒤집음",
    "wide": "가로로 넓게",
    "tall": "세로로 길게",
    "draws": "모두 함께 무작위로 뽑은 16장",
    "augment_photo": "예로 든 사진은 {name}입니다.",
    "as_files": "디스크에 있는 파일",
    "as_uint8": "압축을 푼 그림, uint8: 캐시가 보관하는 모습",
    "as_float32": "압축을 푼 그림, float32: 흔한 노트북에서 NumPy 배열로 만들 때",
    "representation": "형태",
    "takes": "차지하는 크기",
    "cache_auto": "cache=auto의 선택: {reason}",
    "cache_memory": "메모리(memory). 사진 전체가 {needed}라서 남은 메모리 {memory}의 절반을 넘지 않습니다.",
    "cache_disk": (
        "디스크(disk), {folder}. 사진 전체가 {needed}라서 남은 메모리 {memory}의 절반을 넘지만 남은 디스크 {disk}의 "
        "절반은 넘지 않습니다."
    ),
    "cache_none": (
        "캐시 없음(none). 사진 전체가 {needed}라서 남은 메모리 {memory}의 절반도, 남은 디스크 {disk}의 절반도 넘습니다."
    ),
    "cache_configured": "설정에는 cache={cache}라고 되어 있습니다.",
    "steps_even": "{split}: {examples} ÷ {batch} = {steps}스텝",
    "steps_one": "{split}: {examples} ÷ {batch} = 덜 찬 배치 1개 = 1스텝",
    "steps_rest": "{split}: {examples} ÷ {batch} = 꽉 찬 배치 {whole}개 + {rest}장짜리 1개 = {steps}스텝",
    "steps_dropped": "{split}: {examples} ÷ {batch} = 꽉 찬 배치 {steps}개, 에포크마다 {rest}장은 쉽니다",
    "steps_all_epochs": "에포크 {epochs}번이면 모두 {steps}스텝 동안 배웁니다.",
    "split_drawn": (
        "검증용 폴더가 없어서 사진의 {share}를 검증용으로 떼어 둡니다. 학습용 {train}장, 검증용 {kept}장이고, 학습할 "
        "때와 똑같이 뽑았습니다."
    ),
    "split_no_seed": "시드(seed)가 null이라서 학습할 때마다 다르게 나뉩니다. 여기서 보려면 seed에 숫자를 적으세요.",
    "split_too_few": (
        "클래스마다 양쪽에 사진이 한 장은 있어야 합니다. 사진을 더 넣거나 data.validation_split을 바꾸거나 검증용 "
        "폴더를 지정하세요."
    ),
    "split_failed": "학습할 때처럼 나눌 수 없었습니다: {why}",
    "passed_hidden": "숨은 파일이나 폴더: {count}개(처음 것: {first})",
    "passed_linked": "클래스 안의 링크된 폴더: {count}개(처음 것: {first}). data.follow_links를 켜면 읽습니다",
    "passed_system": "NAS나 운영체제가 만든 폴더: {count}개(처음 것: {first})",
    "passed_nowhere": "가리키는 곳이 없는 링크: {count}개(처음 것: {first})",
    "passed_again": "이미 읽은 사진이 들어 있는 링크된 폴더: {count}개(처음 것: {first})",
    "passed_archive": "열어 보지 않는 압축 파일: {count}개(처음 것: {first}). 먼저 압축을 푸세요",
    "passed_special": "파일도 폴더도 아닌 것: {count}개(처음 것: {first})",
    "passed_loop": "위쪽 폴더로 되돌아가는 링크: {count}개(처음 것: {first})",
    "passed_not_a_class": "class_names에 없는 폴더: {count}개(처음 것: {first})",
    "nested_class": "{first:“#”은/는} 사진을 그 안의 폴더 {count}개에 나누어 담고 있지만 모두 한 클래스로 칩니다",
    "passed_no_class": "클래스 폴더에 들어 있지 않은 그림: {count}장(처음 것: {first})",
    "passed_others": "그림이 아닌 파일: {count}개",
    "nothing_passed": "없습니다.",
    "made_by": (
        "python -m pipeline.inspect가 만들었습니다. 이 페이지는 인터넷이 필요 없고, 보여 주는 것이 모두 안에 들어 "
        "있습니다."
    ),
}
